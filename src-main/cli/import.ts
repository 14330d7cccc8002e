/** `maskwatch import`: what users have, in the forms they have it, to folders of labelled crops that training takes. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { MASK_CLASSES } from '../api';
import { readClassPairs } from '../data/import/class-names';
import { importSources, type ImportOptions, type Pictures, type Progress } from '../data/import/import';
import { cropsByClass, type Manifest } from '../data/import/manifest';
import { type Format, FORMATS } from '../data/import/sources';
import { SPLITS } from '../data/folders';
import { openPhotosPage, type PhotosPage } from '../kiosk/photos';
import { CROP_SIDE, importScenes } from './import-scenes';
import { numberBetween } from './options';
import { print, printJson, say, UsageError } from './output';
import { endWith, INTERRUPTED } from './signals';

interface Options extends Pick<ImportOptions, 'out' | 'side' | 'val' | 'test' | 'seed'> {
  scenes?: string[];
  format?: Format;
  pictures?: Pictures;
  classes: ImportOptions['classes'];
  json?: true;
}

/** What is told of skipped files before only their number is. */
const FEW = 10;

const HELP = `
Sources, each found out by what is in its folder:
  folders     class folders at any depth: correct/, incorrect/, none/, or what --classes names
  maskedface  MaskedFace-Net and FFHQ by their file names: 00000_Mask.jpg, 00000_Mask_Chin.jpg, 00000.png
  voc         Pascal VOC: photographs with .xml annotations
  yolo        photographs with .txt labels, and data.yaml or classes.txt
  scenes      photographs with a boxes.json: {file: [{x, y, w, h, label}]}

Photographs are cut by the detector and with the margin of the live path, in a headless Chromium or Chrome. A photo,
or a person where the file's name tells, is in one split only, and so are near copies of a picture. The same command
goes on with an import that was broken off.`;

export function importCommand(): Command {
  return new Command('import')
    .description('make training crops of what you have: class folders, MaskedFace-Net, Pascal VOC, YOLO')
    .argument('[source...]', 'folders')
    .requiredOption('--out <dir>', 'where train/, val/ and test/ go, with crops.json and manifest.json')
    .addOption(new Option('--format <name>', 'what the sources are (default: found out)').choices(FORMATS))
    .addOption(
      new Option('--classes <pairs>', 'what their classes are here: masked=correct,bare=none,hidden=ignore')
        .default([], 'well-known names')
        .argParser(classPairs),
    )
    .addOption(
      new Option(
        '--pictures <what>',
        'what pictures without boxes show: faces, ready as they are, or photos, of which the largest face is cut',
      )
        .choices(['faces', 'photos'])
        .default(undefined, 'photos for maskedface, else faces'),
    )
    .option('--side <pixels>', 'longest side of the crops', numberBetween(32, 512, true), CROP_SIDE)
    .option('--val <share>', 'share of photos to validate on', numberBetween(0, 0.9), 0.12)
    .option('--test <share>', 'share of photos to test on', numberBetween(0, 0.9), 0.15)
    .option('--seed <n>', 'draws the splits', numberBetween(0, 2 ** 31, true), 1)
    .option(
      '--scenes <dir...>',
      'instead of sources: scenes to one folder a class, and how well the detector does',
    )
    .option('--json', 'lines of JSON: what was skipped, then what was imported')
    .addHelpText('after', HELP)
    .action(importCrops);
}

function classPairs(text: string): ImportOptions['classes'] {
  try {
    return readClassPairs(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function importCrops(sources: string[], { scenes, json, ...options }: Options): Promise<void> {
  if (scenes && sources.length > 0) throw new UsageError('name sources, or --scenes, but not both');
  if (scenes) return importScenes({ scenes, out: options.out, ...(json && { json }) });
  if (sources.length === 0) throw new UsageError('name the folders to import');
  if (options.val + options.test >= 1)
    throw new UsageError('--val and --test together leave nothing to train on');
  const stop = new AbortController();
  endWith(() => {
    say('stopping; the same command goes on with it');
    stop.abort();
  });
  let page: PhotosPage | undefined;
  try {
    const manifest = await importSources({
      ...options,
      sources,
      signal: stop.signal,
      openFinder: async () => (page = await openPhotosPage()),
      onProgress: progressTeller(),
    });
    tell(manifest, options.out, json === true);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = INTERRUPTED;
  } finally {
    await page?.close();
  }
}

/** Says how far it is, every two seconds. */
export function progressTeller(): (progress: Omit<Progress, 'doing'> & { doing: string }) => void {
  const began = new Map<string, { at: number; done: number }>();
  let told = performance.now();
  return ({ doing, done, of }) => {
    const now = performance.now();
    const start = began.get(doing) ?? { at: now, done: done - 1 };
    began.set(doing, start);
    if (now - told < 2000 && done < of) return;
    told = now;
    const rate = (done - start.done) / Math.max(0.001, (now - start.at) / 1000);
    say(
      `${doing} ${done} of ${of} pictures, ${rate.toFixed(0)} a second, ${((of - done) / rate).toFixed(0)} s left`,
    );
  };
}

function tell(manifest: Manifest, out: string, json: boolean): void {
  const { crops, skipped, missed, formats } = manifest;
  if (json) {
    for (const each of skipped) printJson({ type: 'skipped', ...each });
    printJson({ type: 'import', out, formats, ...crops, missed, skipped: skipped.length });
    return;
  }
  for (const { dir, format } of formats) say(`${dir}: read as ${format}`);
  for (const { file, reason } of skipped.slice(0, FEW)) say(`skipped ${file}: ${reason}`);
  if (skipped.length > FEW) say(`skipped ${skipped.length} in all; ${out}/manifest.json lists them`);
  if (missed > 0) say(`${missed} labelled faces were not found by the detector`);
  for (const split of SPLITS)
    print(`${split.padEnd(6)}${MASK_CLASSES.map((name) => `${name} ${crops[split][name]}`).join(', ')}`);
  const empty = MASK_CLASSES.filter((name) => cropsByClass(manifest)[name] === 0);
  if (empty.length > 0) say(`no face is ${empty.join(' or ')}: training needs some of each class`);
}
