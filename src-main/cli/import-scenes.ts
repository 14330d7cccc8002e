/**
 * `maskwatch import --scenes`: scenes annotated as ours are to crops in one folder a class, not divided, and how well
 * the detector does on the scenes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES, type MaskClass, type PhotoFaces } from '../api';
import type { Box } from '../geometry';
import { type FalseFind, jpegOf, labelFinds } from '../data/import/cut';
import { averagePrecision, fitBoxes, fitted, NO_FIT } from '../data/scene-matching';
import type { BoxFit, Sight, SizeRange } from '../data/scene-matching';
import { readScenes, type Scene } from '../data/scenes';
import { openPhotosPage } from '../kiosk/photos';
import { fail, print, printJson, say } from './output';

/** Side of the crops in pixels. */
export const CROP_SIDE = 160;
/** The precision-recall curve is drawn down to here. */
const LOWEST_SCORE = 0.05;
const SIZES: SizeRange[] = [
  { from: 0, to: Infinity },
  { from: 16, to: Infinity },
  { from: 16, to: 32 },
  { from: 32, to: 64 },
  { from: 64, to: Infinity },
];

export interface ScenesOptions {
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

export async function importScenes(options: ScenesOptions): Promise<void> {
  const scenes: Scene[] = [];
  for (const folder of options.scenes) scenes.push(...(await readScenes(folder)));
  rejectTwins(scenes);
  for (const name of MASK_CLASSES) await mkdir(join(options.out, name), { recursive: true });

  const crops: Crop[] = [];
  const falseFinds: (FalseFind & { photo: string })[] = [];
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
  const { cuts, falseFinds } = labelFinds(scene.faces, found);
  const crops: Crop[] = [];
  for (const { label, index, px, box, score } of cuts) {
    const file = `${label}/${scene.photo}_${crops.length}.jpg`;
    await writeFile(join(out, file), await jpegOf(found, index, CROP_SIDE));
    crops.push({ file, photo: scene.photo, px, box, score });
  }
  return { crops, falseFinds: falseFinds.map((find) => ({ photo: scene.photo, ...find })) };
}

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
