/** From stages as they are asked for to those that are run: teachers and assistants to train first, generations. */
import { namedArchitecture } from '../../nets';
import type { Piece } from './method';
import { readMethod } from './methods';
import type { Stage, StageSettings } from './stage';

/** The best student so far, as a teacher. */
export const BEST = 'best';

/**
 * Writes stages out.
 * @returns stages whose teachers are files, stages before them or the best student so far, and whose methods make no
 * stages any more
 * @throws Error naming the stage and what is wrong with it
 */
export function plan(asked: readonly Stage[]): Stage[] {
  const names = new Set<string>([BEST]);
  for (const { name } of asked) {
    if (names.has(name)) throw new Error(`two stages are called ${name}; each needs a name of its own`);
    names.add(name);
  }
  const fresh = (name: string) => {
    let free = name;
    for (let k = 2; names.has(free); k++) free = `${name}-${k}`;
    names.add(free);
    return free;
  };
  const planned: Stage[] = [];
  for (const stage of asked) {
    try {
      planned.push(...writtenOut(stage, fresh, new Set(planned.map(({ name }) => name))));
    } catch (error) {
      if (asked.length === 1) throw error;
      throw new Error(`stage ${stage.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return planned;
}

function writtenOut(asked: Stage, fresh: (name: string) => string, before: ReadonlySet<string>): Stage[] {
  const read = asked.methods.map((text) => ({ text, piece: readMethod(text) }));
  const [planner, other] = read.filter(({ piece }) => piece.stages);
  if (other)
    throw new Error(`${planner!.piece.name} and ${other.piece.name} each make stages; name one of them`);
  const own = read.filter(({ piece }) => !piece.stages);
  const stage = { ...asked, methods: own.map(({ text }) => text), assistants: [] };

  const taught = own.map(({ text, piece }) => (piece.inTeacher === undefined ? text : piece.inTeacher));
  const labelled = own.map(({ piece }) => piece.inTeacher ?? null);
  const given = (methods: (string | null)[]) => methods.filter((text) => text !== null);
  const teaching = (student: string, name: string): Stage => ({
    ...stage,
    name: fresh(name),
    student,
    begin: 'anew',
    settings: ofAnother(stage.settings),
    methods: given(taught),
  });
  const made: Stage[] = [];
  stage.teachers = asked.teachers.map((teacher) => {
    if (teacher.endsWith('.onnx') || teacher === BEST || before.has(teacher)) return teacher;
    made.push({
      ...teaching(networkNamed(teacher), 'teacher'),
      teachers: [],
      methods: ['labels', ...given(labelled)],
    });
    return made.at(-1)!.name;
  });
  for (const assistant of asked.assistants) {
    made.push({ ...teaching(networkNamed(assistant), 'assistant'), teachers: stage.teachers });
    stage.teachers = [made.at(-1)!.name];
  }
  const byLabels = (name: string): Stage => ({
    ...stage,
    name,
    teachers: [],
    begin: 'anew',
    methods: ['labels', ...given(labelled)],
  });
  made.push(...(planner?.piece.stages?.({ stage, byLabels, fresh }) ?? [stage]));
  refuseIdle(
    own.map(({ piece }) => piece),
    made,
  );
  return made;
}

/** What is set for the student, without what another network has its own recipe for. */
const ofAnother = (settings: StageSettings): StageSettings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'rate' && name !== 'decay'));

/** @throws Error when there is no such network */
function networkNamed(name: string): string {
  try {
    return name.endsWith('.onnx') ? name : namedArchitecture(name).name;
  } catch (error) {
    throw new Error(`${name} is no model (.onnx) and no stage before this one; ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function refuseIdle(pieces: readonly Piece[], made: readonly Stage[]): void {
  const idle = pieces.find(({ inTeacher }) => typeof inTeacher === 'string');
  if (idle && made.length === 1)
    throw new Error(
      `${idle.name} is asked for in the teacher's training, and no teacher is trained here: ` +
        'name a network instead of a file as the teacher, or add self-training',
    );
}
