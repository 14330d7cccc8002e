/**
 * From a trained model to its eight-bit form: calibrated on validation pictures, measured beside the float model on
 * test pictures and in speed, and kept only where it is worth having.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { MASK_CLASSES } from '../api';
import { Loader } from '../data/loader';
import { type ModelCard, cardPath, readCard } from '../nets/card';
import { decodeModel } from '../onnx/decode';
import { encodeModel } from '../onnx/encode';
import { quantise } from '../onnx/quantise';
import { spansOf } from './calibrate';
import { writeAtomic } from '../files';
import { metricsOf, softmaxRows } from './metrics';
import { Predictor } from './predictor';
import { metricsBySet } from './run-report';
import { openData, predictAll } from './sets';

/** Balanced accuracy, 0 to 1, that an eight-bit form must lose less than. */
export const MOST_LOST = 0.005;

/** What one form of a model gives. */
export interface Form {
  /** 0 to 1, on the test pictures. */
  balancedAccuracy: number;
  cropsPerSecond: number;
}

export interface EightBitOptions {
  /** The float model's .onnx file. */
  model: string;
  data: string[];
  /** Where the eight-bit model goes, its card beside it. */
  out: string;
  /** Validation pictures to calibrate on, at most. */
  pictures: number;
  /** Measures how many crops a second a model does here, as it would run. @param model path of its file */
  speedOf: (model: string) => Promise<number>;
  say: (line: string) => void;
}

export interface EightBit {
  kept: boolean;
  /** One sentence on why it is kept or not. */
  reason: string;
  /** Test pictures measured. */
  n: number;
  calibratedOn: number;
  float: Form;
  eightBit: Form;
}

/** Whether an eight-bit form is worth keeping, and why: it loses less than MOST_LOST, and it is faster. */
export function judge(float: Form, eightBit: Form): { kept: boolean; reason: string } {
  const lost = float.balancedAccuracy - eightBit.balancedAccuracy;
  const speedup = eightBit.cropsPerSecond / float.cropsPerSecond;
  const points = `${Math.abs(100 * lost).toFixed(2)} points of balanced accuracy ${lost > 0 ? 'less' : 'more'}`;
  const figures = `${points}, ${speedup.toFixed(2)} times the speed`;
  if (!(lost < MOST_LOST)) return { kept: false, reason: `it loses too much: ${figures}` };
  if (!(speedup > 1)) return { kept: false, reason: `it is not faster here: ${figures}` };
  return { kept: true, reason: `it is worth having: ${figures}` };
}

/** At most so many of a list, evenly over it. */
const some = <T>(list: readonly T[], most: number): T[] =>
  list.length <= most
    ? [...list]
    : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);

/** Times that the two forms are timed in turns: what else the machine does can only slow them. */
const TURNS = 3;

/** The best speed of each of several models, taken in turns. */
async function speedsOf(models: readonly string[], speedOf: EightBitOptions['speedOf']): Promise<number[]> {
  const best = models.map(() => 0);
  for (let turn = 0; turn < TURNS; turn++)
    for (const [i, model] of models.entries()) best[i] = Math.max(best[i]!, await speedOf(model));
  return best;
}

/**
 * Rewrites a model to eight bits, measures both forms, and writes the new one where it is worth having. A file that
 * lay at `out` before stays as it was unless a new one is kept.
 * @throws Error naming the folder without pictures to calibrate or measure on, the operator that cannot be
 *   quantised, or the model that would be overwritten
 */
export async function makeEightBit(options: EightBitOptions): Promise<EightBit> {
  const { model: path, data: dirs, out, say } = options;
  if (resolve(out) === resolve(path)) throw new Error(`${out} is the float model itself; name another file`);
  const card = await readCard(path);
  const { size } = card.input;
  const data = await openData({ data: dirs });
  for (const split of ['val', 'test'] as const)
    if (data[split].length === 0) throw new Error(`there is no ${split} picture in ${dirs.join(', ')}`);
  const calibration = some(data.val, options.pictures);
  const loader = new Loader({ size, batch: 32, seed: 0, normalisation: card.input, cache: 0 });
  const scratch = await mkdtemp(join(tmpdir(), 'maskwatch-int8-'));
  try {
    say(`calibrating on ${calibration.length} validation pictures`);
    const file = await readFile(path);
    const float = decodeModel(file);
    const spans = await spansOf(float, loader.plain(calibration), size);
    const bytes = encodeModel(quantise(float, { spans, ...card.input }));
    const draft = join(scratch, 'draft.onnx');
    await writeFile(draft, bytes);
    await writeFile(cardPath(draft), JSON.stringify(card));

    const measure = async (model: string) => {
      const predictor = await Predictor.open(model, size, 0, card.input);
      const { logits, truths } = await predictAll(predictor, loader.plain(data.test));
      await predictor.release();
      const { balancedAccuracy } = metricsOf(
        softmaxRows(logits, MASK_CLASSES.length, card.temperature),
        truths,
      );
      return { logits, truths, balancedAccuracy };
    };
    say(`measuring both forms on ${data.test.length} test pictures`);
    const plain = await measure(path);
    const { logits, truths, ...rewritten } = await measure(draft);
    say('timing both forms');
    const [speed, newSpeed] = await speedsOf([path, draft], options.speedOf);
    const before = { balancedAccuracy: plain.balancedAccuracy, cropsPerSecond: speed! };
    const after = { ...rewritten, cropsPerSecond: newSpeed! };
    const verdict = judge(before, after);
    if (verdict.kept) {
      const sets = data.test.map(({ set }) => set);
      const eightBitCard: ModelCard = {
        ...card,
        name: `${card.name} in eight bits`,
        metrics: metricsBySet({ logits, truths, sets }, 'test', card.temperature),
        eightBit: {
          from: basename(path),
          fromHash: createHash('sha256').update(file).digest('hex'),
          calibratedOn: calibration.length,
          lost: before.balancedAccuracy - after.balancedAccuracy,
          speedup: after.cropsPerSecond / before.cropsPerSecond,
        },
      };
      // Measured of the float model.
      delete eightBitCard.robustness;
      await writeAtomic(out, bytes);
      await writeAtomic(cardPath(out), Buffer.from(`${JSON.stringify(eightBitCard, null, 2)}\n`));
    }
    const counts = { n: data.test.length, calibratedOn: calibration.length };
    return { ...verdict, ...counts, float: before, eightBit: after };
  } finally {
    await loader.close();
    await rm(scratch, { recursive: true });
  }
}
