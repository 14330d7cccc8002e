/** A stage of a distillation as it is asked for, in a chain's file or in a job: plain data (docs/distillation.md). */
import * as v from 'valibot';

const between = (least: number, most: number) =>
  v.pipe(v.number(), v.minValue(least, `at least ${least}`), v.maxValue(most, `at most ${most}`));
const whole = (least: number, most: number) => v.pipe(between(least, most), v.integer('a whole number'));
const text = v.pipe(v.string(), v.nonEmpty('not empty'), v.maxLength(4096));
const list = v.pipe(
  v.union([v.pipe(v.array(text), v.maxLength(32)), text], 'a text, or a list of texts'),
  v.transform((given) => (typeof given === 'string' ? [given] : given)),
);

/** What a stage may set for itself instead of taking the run's. */
const SETTINGS = {
  epochs: v.exactOptional(whole(1, 10_000)),
  images: v.exactOptional(whole(0, 10_000_000)),
  batch: v.exactOptional(whole(2, 1024)),
  rate: v.exactOptional(between(1e-7, 1)),
  decay: v.exactOptional(between(0, 1)),
  size: v.exactOptional(whole(32, 512)),
  occlusion: v.exactOptional(between(0, 1)),
  harsh: v.exactOptional(between(0, 1)),
  seed: v.exactOptional(whole(0, 2 ** 31)),
  plain: v.exactOptional(v.boolean()),
};
export type StageSettings = { [Name in keyof typeof SETTINGS]?: v.InferOutput<(typeof SETTINGS)[Name]> };

export const stageSchema = v.strictObject({
  // A folder is named by it.
  name: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/, 'letters, digits, _ and - only'))),
  student: v.optional(text),
  teacher: v.optional(list),
  assistant: v.optional(list),
  method: v.optional(list),
  peer: v.optional(text),
  begin: v.optional(v.picklist(['best', 'anew'], '"best" or "anew"')),
  ...SETTINGS,
});
export type WrittenStage = v.InferOutput<typeof stageSchema>;
/** The longest chain. */
export const MOST_STAGES = 50;
