/**
 * `maskwatch import`: annotated scenes to training crops, cut by the detector's own boxes as the live path cuts
 * them, so that the network learns on what it will see. Also says how well the detector does on the scenes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { MASK_CLASSES, type MaskClass, type PhotoFaces } from '../api';
import { coverage, type Box } from '../geometry';
import { averagePrecision, fitBoxes, fitted, match, NO_FIT, shorterSide } from '../data/scene-matching';
import type { BoxFit, Sight, SizeRange } from '../data/scene-matching';
import { readScenes, type Scene } from '../data/scenes';
import { openPhotosPage } from '../kiosk/photos';
import { fail, print, printJson, say } from './output';

/** Side of the crops in pixels, and the quality of their JPEG. */
const CROP_SIDE = 160;
const JPEG_QUALITY = 92;
/** The precision-recall curve is drawn down to here. */
const LOWEST_SCORE = 0.05;
/** Finds below it are neither cut nor called false; higher than it costs faces behind masks. */
const CROP_SCORE = 0.2;
/** IoU from which a find is the annotated face. */
const SAME_FACE = 0.4;
/** Shorter side below which a mask cannot be told, in photo pixels. */
const LEAST_PIXELS = 16;
const SIZES: SizeRange[] = [
  { from: 0, to: Infinity },
  { from: 16, to: Infinity },
  { from: 16, to: 32 },
  { from: 32, to: 64 },
  { from: 64, to: Infinity },
];

interface Options {
  scenes: string[];
  out: string;
  json?: true;
}

/** An entry of crops.json, which tells the loader of image folders which crops are of one photo. */
interface Crop {
  /** Within the output folder: <class>/<photo>_<k>.jpg. */
  file: string;
  photo: string;
  /** The annotated face's shorter side in photo pixels. */
  px: number;
  /** What was cut by, in photo pixels. */
  box: Box;
  score: number;
}

interface FalseFind {
  photo: string;
  box: Box;
  score: number;
}

export function importCommand(): Command {
  return new Command('import')
    .description('cut training crops out of annotated scenes, by the boxes of the detector')
    .requiredOption('--scenes <dir...>', 'folders of photos with a boxes.json: {file: [{x, y, w, h, label}]}')
    .requiredOption('--out <dir>', 'where <class>/<photo>_<k>.jpg, crops.json and manifest.json go')
    .option('--json', 'lines of JSON: the fit of the boxes, the average precision, the crops')
    .action(importScenes);
}

async function importScenes(options: Options): Promise<void> {
  const scenes: Scene[] = [];
  for (const folder of options.scenes) scenes.push(...(await readScenes(folder)));
  rejectTwins(scenes);
  for (const name of MASK_CLASSES) await mkdir(join(options.out, name), { recursive: true });

  const crops: Crop[] = [];
  const falseFinds: FalseFind[] = [];
  const sights: Sight[] = [];
  const page = await openPhotosPage();
  const started = performance.now();
  try {
    for (const [i, scene] of scenes.entries()) {
      try {
        const found = await page.findFaces(await readFile(scene.file), CROP_SIDE, LOWEST_SCORE);
        sights.push({ finds: found.faces, faces: scene.faces });
        const outcome = await cutScene(scene, found, options.out);
        crops.push(...outcome.crops);
        falseFinds.push(...outcome.falseFinds);
      } catch (error) {
        // One bad photo must not cost the others.
        fail(new Error(`${scene.file}: ${(error as Error).message}`));
        process.exitCode = 1;
      }
      if ((i + 1) % 50 === 0 || i + 1 === scenes.length) {
        const seconds = (performance.now() - started) / 1000;
        const left = (seconds / (i + 1)) * (scenes.length - i - 1);
        say(`${i + 1} of ${scenes.length} photos, ${crops.length} crops, ${left.toFixed(0)} s left`);
      }
    }
  } finally {
    await page.close();
  }
  await writeFile(join(options.out, 'crops.json'), JSON.stringify(crops, null, 1));
  const report = judge(sights);
  const manifest = { scenes: options.scenes, ...report, falseFinds };
  await writeFile(join(options.out, 'manifest.json'), JSON.stringify(manifest, null, 1));
  const perClass = Object.fromEntries(
    MASK_CLASSES.map((name) => [name, crops.filter(({ file }) => file.startsWith(`${name}/`)).length]),
  ) as Record<MaskClass, number>;
  tell(report, perClass, falseFinds.length, options.json ?? false);
}

/** Two photos of one name would overwrite each other's crops. */
function rejectTwins(scenes: Scene[]): void {
  const seen = new Map<string, string>();
  for (const { photo, file } of scenes) {
    const twin = seen.get(photo);
    if (twin) throw new Error(`${twin} and ${file} have one name: import them into folders of their own`);
    seen.set(photo, file);
  }
}

async function cutScene(scene: Scene, found: PhotoFaces, out: string) {
  const crops: Crop[] = [];
  const falseFinds: FalseFind[] = [];
  const finds = found.faces.filter(({ score }) => score >= CROP_SCORE); // best first: indices stay
  const matches = match(finds, scene.faces, SAME_FACE);
  for (const [i, { box, score }] of finds.entries()) {
    const face = matches[i];
    if (!face) {
      const ignored = scene.faces.some((other) => other.label === 'ignore' && coverage(box, other.box) > 0.5);
      if (!ignored) falseFinds.push({ photo: scene.photo, box: box.map(tenth) as Box, score });
      continue;
    }
    const px = shorterSide(face.box);
    if (face.label === 'ignore' || face.label === 'face' || px < LEAST_PIXELS) continue;
    const file = `${face.label}/${scene.photo}_${crops.length}.jpg`;
    const bytes = CROP_SIDE * CROP_SIDE * 3;
    const rgb = found.crops.subarray(i * bytes, (i + 1) * bytes);
    await sharp(rgb, { raw: { width: CROP_SIDE, height: CROP_SIDE, channels: 3 } })
      .jpeg({ quality: JPEG_QUALITY })
      .toFile(join(out, file));
    crops.push({ file, photo: scene.photo, px: Math.round(px), box: box.map(tenth) as Box, score });
  }
  return { crops, falseFinds };
}

const tenth = (pixels: number): number => Math.round(pixels * 10) / 10;
const thousandth = (share: number): number => Math.round(share * 1000) / 1000;

interface Report {
  /** What the annotated boxes still differ from the found ones, fitted on every other photo. */
  fit: BoxFit & { faces: number };
  /** On the photos between, with the boxes as found and with that difference taken out. */
  precision: {
    from: number;
    to: number | null;
    faces: number;
    recall: number;
    ap: number | null;
    apFitted: number | null;
  }[];
}

function judge(sights: Sight[]): Report {
  const { fit, n } = fitBoxes(sights.filter((_, i) => i % 2 === 0));
  const others = sights.filter((_, i) => i % 2 === 1);
  const moved = (by: BoxFit) =>
    others.map(({ finds, faces }) => ({
      faces,
      finds: finds.map((find) => ({ ...find, box: fitted(find.box, by) })),
    }));
  return {
    fit: {
      shiftX: thousandth(fit.shiftX),
      shiftY: thousandth(fit.shiftY),
      scaleWidth: thousandth(fit.scaleWidth),
      scaleHeight: thousandth(fit.scaleHeight),
      faces: n,
    },
    precision: SIZES.map((size) => {
      const { faces, recall, ap } = averagePrecision(moved(NO_FIT), size);
      const apFitted = averagePrecision(moved(fit), size).ap;
      return {
        from: size.from,
        to: Number.isFinite(size.to) ? size.to : null,
        faces,
        recall: thousandth(recall),
        ap: ap === null ? null : thousandth(ap),
        apFitted: apFitted === null ? null : thousandth(apFitted),
      };
    }),
  };
}

function tell(report: Report, crops: Record<MaskClass, number>, falseFinds: number, json: boolean): void {
  if (json) {
    printJson({ type: 'fit', ...report.fit });
    for (const line of report.precision) printJson({ type: 'precision', ...line });
    printJson({ type: 'crops', ...crops, falseFinds });
    return;
  }
  const { fit } = report;
  print(
    `annotated boxes beside found ones (${fit.faces} faces, every other photo): centre ${signed(fit.shiftX)} of the width, ` +
      `${signed(fit.shiftY)} of the height; width ×${fit.scaleWidth}, height ×${fit.scaleHeight}`,
  );
  print('faces          n   found   AP@0.5   with boxes so moved   (the photos between)');
  for (const { from, to, faces, recall, ap, apFitted } of report.precision) {
    const range = to === null ? (from === 0 ? 'all' : `${from} px on`) : `${from}–${to} px`;
    print(
      `${range.padEnd(10)}${String(faces).padStart(6)}${recall.toFixed(3).padStart(8)}` +
        `${(ap?.toFixed(3) ?? '–').padStart(9)}${(apFitted?.toFixed(3) ?? '–').padStart(22)}`,
    );
  }
  print(
    `crops: ${MASK_CLASSES.map((name) => `${name} ${crops[name]}`).join(', ')}; false finds: ${falseFinds}`,
  );
}

const signed = (share: number): string => (share < 0 ? '' : '+') + String(share);
