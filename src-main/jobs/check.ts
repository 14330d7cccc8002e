/**
 * What is wrong with a job, told when it is asked for and not after hours in the queue: networks that are not to be had
 * here, methods that there are not or that do not go together.
 */
import * as v from 'valibot';
import { modelIdSchema, type JobChoices, type JobSpec } from '../api';
import { combine, METHODS, readMethod } from '../learn/distil/methods';
import { BEST, plan } from '../learn/distil/plan';
import { stagesOf, type Stage } from '../learn/distil/stage';
import { ARCHITECTURES, namedArchitecture, type Architecture } from '../nets';
import { SPEC_FORM } from '../nets/student';

type Distillation = Extract<JobSpec, { kind: 'distil' }>;

/** Whether a network can be begun here: its pretrained weights, if it has any, may not be installed. */
function isHere({ pretrainedFrom }: Architecture): boolean {
  try {
    pretrainedFrom?.();
    return true;
  } catch {
    return false;
  }
}

/** What may be asked for by name. */
export const jobChoices = (): JobChoices => ({
  networks: ARCHITECTURES.filter(isHere).map(({ name, description }) => ({ name, about: description })),
  methods: METHODS.map(({ name, about }) => ({ name, about })),
});

/** @throws Error naming the networks that can be had, when this is none of them, or saying what is wrong with a spec */
function checkNetwork(name: string): void {
  let found: Architecture | undefined;
  try {
    found = namedArchitecture(name);
  } catch (error) {
    if (name.startsWith('student-')) throw error;
    // Files and what is fetched are for `maskwatch train`: a job's network must be there whenever it is begun again.
  }
  if (found !== undefined && isHere(found)) return;
  const names = [...ARCHITECTURES.filter(isHere).map((one) => one.name), SPEC_FORM].join(', ');
  throw new Error(`a job cannot train the network ${name}: it takes ${names}`);
}

/**
 * The stages of a distillation as they are asked for; one, where it has no chain.
 * @param fileOf the file of a model of the registry. A teacher is one where it is among the job's own, and where nothing
 * else is called so: no stage before it, no network
 */
export function askedStages(spec: Distillation, fileOf: (model: string) => string): Stage[] {
  const { chain, network, teachers, assistants, methods } = spec;
  const defaults = { student: network, teachers: [...teachers], assistants, methods };
  const stages: Stage[] = chain
    ? stagesOf(chain, defaults)
    : [{ ...defaults, name: 'student', begin: 'best', settings: {} }];
  return stages.map((stage, i) => {
    const before = new Set([BEST, ...stages.slice(0, i).map(({ name }) => name)]);
    const isModel = (name: string): boolean =>
      teachers.includes(name) || (!before.has(name) && !isNetwork(name) && v.is(modelIdSchema, name));
    return {
      ...stage,
      teachers: stage.teachers.map((teacher) => (isModel(teacher) ? fileOf(teacher) : teacher)),
    };
  });
}

function isNetwork(name: string): boolean {
  try {
    return namedArchitecture(name) !== undefined;
  } catch {
    return false;
  }
}

/** @throws Error in one sentence naming what is wrong */
export function checkJob(spec: JobSpec): void {
  if (spec.kind === 'train') checkNetwork(spec.network);
  if (spec.kind !== 'distil') return;
  checkNetwork(spec.network);
  const stages = plan(askedStages(spec, (model) => `${model}.onnx`));
  for (const { name, student, peer, teachers, methods } of stages) {
    checkNetwork(student);
    if (peer !== undefined) checkNetwork(peer);
    const { needs, pieces } = combine(methods.map(readMethod));
    const where = stages.length > 1 ? `stage ${name}: ` : '';
    if (needs.has('teacher') && teachers.length === 0)
      throw new Error(`${where}a teacher must be named: a model of the registry`);
    if (!needs.has('teacher') && teachers.length > 0)
      throw new Error(`${where}${pieces[0]!.name} asks no teacher: leave the teacher out`);
  }
}
