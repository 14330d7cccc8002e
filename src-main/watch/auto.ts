/** What `auto` goes by: a comparison of both pipelines on pictures of this site, and how long a frame takes here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Status } from '../api';
import { writeAtomic } from '../files';

/** What both pipelines reached on the same pictures of a site. */
const evidenceSchema = v.object({
  version: v.literal(1),
  /** Whose truth it was: scenes given to `evaluate --pipeline auto`, or frames that were reviewed at the desk. */
  of: v.optional(v.picklist(['scenes', 'frames']), 'scenes'),
  /** How many. */
  scenes: v.number(),
  /** mAP@0.5. */
  twoStage: v.number(),
  oneShot: v.number(),
  /** Of the one-shot detector that was measured. */
  model: v.string(),
});
export type Evidence = v.InferOutput<typeof evidenceSchema>;

/** Where a site's comparison is kept, beside its settings. */
const evidencePath = (folder: string): string => join(folder, 'pipelines.json');

/** @returns null where none was made, or none that can be read */
export async function readEvidence(folder: string): Promise<Evidence | null> {
  try {
    return v.parse(evidenceSchema, JSON.parse(await readFile(evidencePath(folder), 'utf8')));
  } catch {
    return null;
  }
}

export const writeEvidence = (folder: string, evidence: Evidence): Promise<void> =>
  writeAtomic(evidencePath(folder), Buffer.from(`${JSON.stringify(evidence, null, 2)}\n`));

/** Milliseconds a frame may take, so that a camera of 30 frames/s is kept up with. */
const BUDGET = 24;

/** Pictures that evidence stands on, in words. */
const PICTURES = { scenes: 'annotated scenes', frames: 'reviewed pictures' } as const;

/** What `auto` takes, and why, in a sentence. @param ms a frame of the one-shot detector took here */
export function autoChoice(
  evidence: Evidence | null,
  model: string,
  ms: number,
): Pick<Status['pipeline'], 'name' | 'reason'> {
  const two = (reason: string) => ({ name: 'two-stage' as const, reason });
  if (!evidence)
    return two('one-shot has not been compared on enough reviewed pictures, or on scenes, of this site');
  if (evidence.model !== model) return two('another one-shot detector was compared on pictures of this site');
  const figures =
    `mAP@0.5 ${evidence.oneShot.toFixed(2)} against ${evidence.twoStage.toFixed(2)} ` +
    `on ${String(evidence.scenes)} ${PICTURES[evidence.of]} of this site`;
  if (evidence.oneShot < evidence.twoStage) return two(`one-shot reached ${figures}`);
  if (ms > BUDGET) return two(`one-shot takes ${ms.toFixed(0)} ms a frame here, more than ${String(BUDGET)}`);
  return { name: 'one-shot', reason: `${figures}, ${ms.toFixed(0)} ms a frame` };
}
