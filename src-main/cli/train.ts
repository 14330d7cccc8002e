/** `maskwatch train`: a network from folders of labelled face crops to a model with its card. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type TrainOptions, train } from '../learn/train';
import type { About } from '../learn/run-report';
import { ARCHITECTURES } from '../nets';
import { numberBetween } from './options';
import { describe } from './evaluate';
import { print, printJson, say } from './output';

type Options = Omit<TrainOptions, 'about' | 'signal' | 'report' | 'command' | 'resume'> & {
  about?: string;
  resume?: true;
  json?: true;
};

export function trainCommand(): Command {
  const whole = (low: number, high: number) => numberBetween(low, high, true);
  return new Command('train')
    .description('train a network on folders of labelled face crops')
    .addOption(
      new Option('--arch <name>', 'the network')
        .choices(ARCHITECTURES.map(({ name }) => name))
        .default('student'),
    )
    .requiredOption(
      '--data <dir...>',
      'folders with correct/, incorrect/ and none/, or with train/, val/, test/ of these',
    )
    .requiredOption('--out <dir>', 'where the model, its card, the log and the checkpoint go')
    .option('--unseen <dir...>', 'more folders, only measured at the end: people and places never trained on')
    .option('--about <file>', 'JSON with name, licences of the sets, weaknesses and commands for the card')
    .option('--epochs <n>', 'epochs', whole(1, 10_000), 60)
    .option(
      '--images <n>',
      'images in an epoch; 0 takes as many as there are to train on',
      whole(0, 10_000_000),
      0,
    )
    .option('--batch <n>', 'images in a step', whole(2, 1024), 32)
    .option('--rate <r>', 'highest learning rate', numberBetween(1e-7, 1), 2e-3)
    .option('--decay <d>', 'weight decay', numberBetween(0, 1), 0.05)
    .option('--smoothing <s>', 'label smoothing', numberBetween(0, 0.5), 0.05)
    .option('--mixup <alpha>', 'blend pictures in pairs; 0 for none', numberBetween(0, 4), 0)
    .option('--size <pixels>', "side of the pictures (default: the network's own)", whole(32, 512))
    .option('--seed <n>', 'the same seed gives the same model', whole(0, 2 ** 31), 1)
    .option('--threads <n>', 'threads for training; 0 takes all cores', whole(0, 256), 0)
    .option('--workers <n>', 'threads that decode and augment', whole(1, 64), 1)
    .option('--from <dir>', "begin from an earlier run's best weights")
    .option('--resume', 'go on from the checkpoint in --out')
    .option('--json', 'a line of JSON per epoch, then the card')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { about: aboutFile, resume, json, ...rest } = options;
  const about = aboutFile ? (JSON.parse(await readFile(aboutFile, 'utf8')) as About) : {};
  await mkdir(options.out, { recursive: true });

  const stop = new AbortController();
  const interrupt = () => {
    say('stopping after this step; --resume goes on from the last whole epoch');
    stop.abort();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let told = 0;
  const result = await train({
    ...rest,
    about,
    resume: resume ?? false,
    signal: stop.signal,
    command: `maskwatch ${process.argv.slice(2).join(' ')}`,
    report: {
      text: say,
      onStep({ epoch, step, loss, imagesPerSecond, secondsLeft }) {
        if (Date.now() - told < 2000) return;
        told = Date.now();
        const left = new Date(1000 * secondsLeft).toISOString().slice(11, 19);
        say(
          `epoch ${epoch + 1}/${options.epochs} step ${step} loss ${loss.toFixed(4)} ` +
            `${imagesPerSecond.toFixed(0)} images/s, ${left} left`,
        );
      },
      onEpoch(epoch) {
        const { validation: v, trainLoss, trainAccuracy, validationLoss } = epoch;
        if (json) printJson({ type: 'epoch', ...epoch });
        else
          print(
            `epoch ${epoch.epoch + 1}: train loss ${trainLoss.toFixed(4)}, accuracy ${(100 * trainAccuracy).toFixed(1)} %; ` +
              `validation loss ${validationLoss.toFixed(4)}, balanced accuracy ${(100 * v.balancedAccuracy).toFixed(2)} %, ` +
              `recall of incorrect ${(100 * (v.perClass['incorrect']?.recall ?? 0)).toFixed(1)} %${epoch.best ? ' (best)' : ''}`,
          );
      },
    },
  });
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
  await writeFile(join(options.out, 'history.json'), JSON.stringify(result.history, null, 1));
  if (json) printJson({ type: 'card', ...result.card });
  else
    for (const metrics of result.card.metrics)
      print(`\n${metrics.set} (${metrics.split}): ${describe(metrics)}`);
  say(`${result.finished ? 'wrote' : 'stopped early; wrote'} ${result.model} and its card`);
}
