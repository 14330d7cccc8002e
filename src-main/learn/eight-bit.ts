/** From a trained model to its eight-bit form: calibrated on validation pictures, measured on others, with a card. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Sample } from '../data/folders';
import { Loader } from '../data/loader';
import { type ModelCard, readCard } from '../nets/card';
import { decodeModel, encodeModel } from '../onnx/model';
import { quantise } from '../onnx/quantise';
import { spansOf } from './calibrate';
import { Predictor } from './predictor';
import { type SetMetrics, metricsBySet } from './run-report';
import { openData, predictAll } from './sets';

export interface EightBitOptions {
  /** The float model's .onnx file. */
  model: string;
  data: string[];
  unseen?: string[];
  /** Validation pictures to calibrate on, at most. */
  pictures: number;
  threads: number;
  say: (line: string) => void;
}

export interface EightBit {
  bytes: Uint8Array;
  card: ModelCard;
  /** Points of balanced accuracy lost at most, 0 to 1, over the splits measured. */
  lost: number;
  splits: { split: string; n: number; float: number; eightBit: number }[];
}

/** So many of a list, evenly over it. */
const some = <T>(list: readonly T[], most: number): T[] =>
  list.filter(
    (_, i) =>
      Math.floor(((i + 1) * most) / list.length) > Math.floor((i * most) / list.length) ||
      list.length <= most,
  );

/**
 * Rewrites a model to eight bits and measures both forms on test and unseen pictures.
 * @throws Error naming the folder without pictures to calibrate on, or the operator that cannot be quantised
 */
export async function makeEightBit(options: EightBitOptions): Promise<EightBit> {
  const { model: path, pictures, threads, say } = options;
  const card = await readCard(path);
  const { size } = card.input;
  const data = await openData(options);
  if (data.val.length === 0)
    throw new Error(`there is no validation picture in ${options.data.join(', ')} to calibrate on`);
  const calibration = some(data.val, pictures);
  const loader = new Loader({ size, batch: 32, seed: 0, normalisation: card.input, cache: 0 });
  try {
    say(`calibrating on ${calibration.length} validation pictures`);
    const float = decodeModel(await readFile(path));
    const spans = await spansOf(float, loader.plain(calibration), size);
    const bytes = encodeModel(quantise(float, { spans, ...card.input }));

    const measured: [string, Sample[]][] = [
      ['test', data.test],
      ['unseen', data.unseen],
    ];
    const metrics: SetMetrics[] = [];
    const splits: EightBit['splits'] = [];
    for (const [split, samples] of measured.filter(([, { length }]) => length > 0)) {
      say(`measuring both forms on ${samples.length} ${split} pictures`);
      const of = async (model: string | Uint8Array) => {
        const predictor = await Predictor.open(model, size, threads, card.input);
        const { logits, truths } = await predictAll(predictor, loader.plain(samples));
        await predictor.release();
        return metricsBySet({ logits, truths, sets: samples.map(({ set }) => set) }, split, card.temperature);
      };
      const [before, after] = [await of(path), await of(bytes)];
      metrics.push(...after);
      splits.push({
        split,
        n: samples.length,
        float: before[0]!.balancedAccuracy,
        eightBit: after[0]!.balancedAccuracy,
      });
    }
    const lost = Math.max(...splits.map((split) => split.float - split.eightBit));
    return {
      bytes,
      lost,
      splits,
      card: {
        ...card,
        name: `${card.name} in eight bits`,
        metrics: metrics,
        eightBit: { from: basename(path), calibratedOn: calibration.length, lost, speedup: 0 },
      },
    };
  } finally {
    await loader.close();
  }
}
