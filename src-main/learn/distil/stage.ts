/** A stage of a chain as it is asked for: plain data, so that a chain is a file and a resumed run knows it again. */
import * as v from 'valibot';
import { readWhole } from '../../files';

/** Bytes that no list of stages has. */
const LARGEST = 1e6;

const between = (least: number, most: number) =>
  v.pipe(v.number(), v.minValue(least, `at least ${least}`), v.maxValue(most, `at most ${most}`));
const whole = (least: number, most: number) => v.pipe(between(least, most), v.integer('a whole number'));
const text = v.pipe(v.string(), v.nonEmpty('not empty'));
const list = v.pipe(
  v.union([v.array(text), text], 'a text, or a list of texts'),
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
  seed: v.exactOptional(whole(0, 2 ** 31)),
  plain: v.exactOptional(v.boolean()),
};
export type StageSettings = { [Name in keyof typeof SETTINGS]?: v.InferOutput<(typeof SETTINGS)[Name]> };

const writtenSchema = v.strictObject({
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

export interface Stage {
  /** Letters, digits, _ and -; no other stage of the chain has it. */
  name: string;
  /** The network that learns: a name or a file. */
  student: string;
  /** .onnx files, names of stages before it, `best` (the best student so far), or networks that are trained first. */
  teachers: string[];
  /** Networks between teacher and student, each taught by the one before it. */
  assistants: string[];
  /** As they are written for `--method`. */
  methods: string[];
  /** The network that learns beside the student, where a method asks for one; as the student where not given. */
  peer?: string;
  /** From the best student so far, or as a network begins that nothing is known of. */
  begin: 'best' | 'anew';
  settings: StageSettings;
}

/** What a stage is where it does not say. */
export type StageDefaults = Omit<Stage, 'name' | 'begin' | 'settings'>;

/**
 * Reads a chain: a JSON list of stages, each of which says what is not as on the command line.
 * @throws Error naming the file, the stage and what is wrong with it
 */
export async function readChain(file: string, defaults: StageDefaults): Promise<Stage[]> {
  const bytes = await readWhole(file, LARGEST);
  let written: unknown;
  try {
    written = JSON.parse(bytes.toString());
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(written) || written.length === 0)
    throw new Error(`${file} should be a JSON list of stages, as [{"method": ["vanilla"]}]`);
  return written.map((one: unknown, i) => {
    const result = v.safeParse(writtenSchema, one);
    if (!result.success) {
      const [issue] = result.issues;
      const where = v.getDotPath(issue);
      const unknown = issue.type === 'strict_object' && where !== null;
      throw new Error(
        `${file}: stage ${i + 1}${where ? `, ${where}` : ''}: ` +
          (unknown
            ? `there is no such setting; there are ${Object.keys(writtenSchema.entries).join(', ')}`
            : expectation(issue)),
      );
    }
    const {
      name = `stage-${i + 1}`,
      student,
      teacher,
      assistant,
      method,
      peer,
      begin,
      ...settings
    } = result.output;
    const beside = peer ?? defaults.peer;
    return {
      name,
      student: student ?? defaults.student,
      teachers: teacher ?? defaults.teachers,
      assistants: assistant ?? defaults.assistants,
      methods: method ?? defaults.methods,
      ...(beside !== undefined && { peer: beside }),
      begin: begin ?? 'best',
      settings,
    };
  });
}

/** What was expected, and what there was. */
const expectation = ({ message, expected, received }: v.BaseIssue<unknown>): string =>
  `${message.startsWith('Invalid') ? `expected ${expected ?? 'something else'}` : message}, not ${received}`;
