/** Samples as learning and evaluating take them: which ones, and what a model says of them. */
import { type Sample, SPLITS, type Unlabelled, readImageFolders } from '../data/folders';
import { findNearCopies } from '../data/near-copies';
import { type Division, splitByPhoto } from '../data/split';
import { openUnlabelled } from '../data/unlabelled';
import { mirrored } from '../nets/both-ways';
import type { Batch } from './objective';
import type { Predictor } from './predictor';

/**
 * Shares of photos kept for validation and for testing. The seed is the same in every run, whatever a run's own
 * seed is: a photo a student is tested on must not be one its teacher was trained on.
 */
export const DIVISION = { val: 0.12, test: 0.15, seed: 1 };

/**
 * Reads the samples of folders.
 * @param split `all`, or the name of a split: of the folders' own, where they have splits, else by photo
 * @param complete whether every class must be there
 */
export async function openFolders(
  dirs: string[],
  { split, complete }: { split: string; complete: boolean },
): Promise<Sample[]> {
  const samples = await readImageFolders(dirs, { allowMissing: !complete });
  const named = SPLITS.find((name) => name === split);
  return named ? (await splitsOf(samples))[named] : samples;
}

/** Divides samples by photo, near copies together, the same way in every run. */
export async function splitsOf(samples: Sample[]): Promise<Division> {
  return splitByPhoto(samples, { ...DIVISION, copies: await findNearCopies(samples) });
}

/** The samples of a run, by what they are for. */
export interface Data extends Division {
  /** Of sets that nothing is trained on from. */
  unseen: Sample[];
  /** Pictures without labels, to train on; none of them is of a photo that the others are judged by. */
  unlabelled: Unlabelled[];
}

/**
 * Reads and divides the samples of a run.
 * @throws Error naming the folder that is not there, or the class that is in none
 */
export async function openData(folders: {
  data: string[];
  unseen?: string[];
  unlabelled?: string[];
}): Promise<Data> {
  const division = await splitsOf(await openFolders(folders.data, { split: 'all', complete: true }));
  const unseen = folders.unseen ? await openFolders(folders.unseen, { split: 'all', complete: false }) : [];
  const held = [...division.val, ...division.test, ...unseen];
  return {
    ...division,
    unseen,
    unlabelled: folders.unlabelled ? await openUnlabelled(folders.unlabelled, held) : [],
  };
}

/** The mean of what a network says of pictures N×3×side×side as they are and mirrored: logits N×classes. */
export async function logitsBothWays(
  predictor: Pick<Predictor, 'logits'>,
  images: Float32Array,
  side: number,
): Promise<Float32Array> {
  const straight = await predictor.logits(images);
  const turned = await predictor.logits(mirrored(images, side, 1));
  return straight.map((logit, i) => (logit + turned[i]!) / 2);
}

/** Logits and truths of batches, judged as the app judges faces: both ways. */
export async function predictAll(
  predictor: Pick<Predictor, 'logits'>,
  batches: AsyncIterable<Batch>,
  onProgress?: (done: number, perSecond: number) => void,
): Promise<{ logits: Float32Array; truths: number[] }> {
  const logits: number[] = [];
  const truths: number[] = [];
  const start = performance.now();
  for await (const { images, labels } of batches) {
    const side = Math.sqrt(images.length / (3 * labels.length));
    logits.push(...(await logitsBothWays(predictor, images, side)));
    truths.push(...Array.from(labels));
    onProgress?.(truths.length, (1000 * truths.length) / (performance.now() - start));
  }
  return { logits: Float32Array.from(logits), truths };
}
