/** A stage of a chain as it is asked for: plain data, so that a chain is a file and a resumed run knows it again. */
import * as v from 'valibot';
import { stageSchema, type StageSettings, type WrittenStage } from '../../api';
import { readWhole } from '../../files';

/** Bytes that no list of stages has. */
const LARGEST = 1e6;

export type { StageSettings };

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
export async function readChain(file: string): Promise<WrittenStage[]> {
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
    const result = v.safeParse(stageSchema, one);
    if (result.success) return result.output;
    const [issue] = result.issues;
    const where = v.getDotPath(issue);
    const unknown = issue.type === 'strict_object' && where !== null;
    throw new Error(
      `${file}: stage ${i + 1}${where ? `, ${where}` : ''}: ` +
        (unknown
          ? `there is no such setting; there are ${Object.keys(stageSchema.entries).join(', ')}`
          : expectation(issue)),
    );
  });
}

/** Stages with what they do not say themselves. */
export const stagesOf = (written: readonly WrittenStage[], defaults: StageDefaults): Stage[] =>
  written.map((one, i) => {
    const { name = `stage-${i + 1}`, student, teacher, assistant, method, peer, begin, ...settings } = one;
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

/** What was expected, and what there was. */
const expectation = ({ message, expected, received }: v.BaseIssue<unknown>): string =>
  `${message.startsWith('Invalid') ? `expected ${expected ?? 'something else'}` : message}, not ${received}`;
