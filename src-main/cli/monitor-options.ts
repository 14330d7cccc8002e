/** The options of a watch, the same for the command line and for the desktop host that it hands over to. */
import { Option, type Command } from 'commander';
import { REACHES, type PipelineChoice, type ProviderChoice, type Reach } from '../api';
import type { Mapped } from '../detect/foreign';
import {
  classesOption,
  detectorOption,
  modelOption,
  numberBetween,
  pipelineOption,
  providerOption,
} from './options';

export interface MonitorOptions {
  source?: string;
  sourceFps?: number;
  everyFrame?: true;
  demo?: true;
  headless?: true;
  kiosk?: true;
  for?: number;
  json?: true;
  model: string;
  provider?: ProviderChoice;
  reach?: Reach;
  pipeline?: PipelineChoice;
  detector: string;
  classes?: Mapped[];
  port?: number;
  host: 'auto' | 'browser' | 'electron';
  settings?: string;
  metricsPort?: number;
  log?: string;
}

/** Adds them to a command; its `opts<MonitorOptions>()` gives them. */
export function withMonitorOptions(command: Command): Command {
  const number = (flags: string, description: string, least: number, most: number, whole = false): Option =>
    new Option(flags, description).argParser(numberBetween(least, most, whole));
  return command
    .addOption(
      new Option('--source <file>', 'play a Motion JPEG file as the camera, over and over').conflicts('demo'),
    )
    .addOption(
      number(
        '--source-fps <n>',
        'frames a second it was made for; else as FILE.json says, else 30',
        0.1,
        1000,
      ),
    )
    .option(
      '--every-frame',
      'look at every frame of the source once, as fast as this machine can, in the film’s own time; then end',
    )
    .option('--demo', 'play the demo, as happens by itself where there is no camera')
    .addOption(
      new Option('--headless', 'open no window; the live page is at the address that is printed').conflicts(
        'kiosk',
      ),
    )
    .option('--kiosk', 'fill the screen')
    .addOption(number('--for <seconds>', 'stop so long after the first frame', 0.1, 1e7))
    .option('--json', 'a line of JSON per verdict, and one for the summary')
    .addOption(modelOption())
    .addOption(providerOption())
    .addOption(pipelineOption())
    .addOption(detectorOption())
    .addOption(classesOption())
    .addOption(new Option('--reach <where>', 'where to look for faces').choices(REACHES))
    .addOption(number('--port <n>', 'port of the live page', 1, 65535, true))
    .addOption(
      new Option('--host <which>', 'where the window opens')
        .choices(['auto', 'browser', 'electron'])
        .default('auto'),
    )
    .option('--settings <file>', 'settings to use instead of the user’s')
    .addOption(
      number('--metrics-port <n>', 'serve figures for Prometheus on this port of loopback', 1, 65535, true),
    )
    .option('--log <folder>', 'keep a log of the machine’s health there, in files that replace each other');
}
