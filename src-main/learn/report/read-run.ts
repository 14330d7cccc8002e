/** Reads runs' folders for a report: all a folder holds, and in words what an older one lacks. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { type ModelCard, metricsSchema, readCard } from '../../nets/card';
import { DETECTOR_NAMES } from '../../nets/detectors';
import { multiplyAdds } from '../../onnx/cost';
import { decodeModel } from '../../onnx/decode';
import { stageFolders } from '../distil/chain-record';
import { type Prediction, readPredictions } from '../predictions';
import { type RunFacts, factsIn, runFactsSchema } from '../run-facts';
import { type DetectorRun, readDetectorRun } from './read-detector-run';
import { checked } from './read-json';

const epochSchema = v.object({
  epoch: v.number(),
  rate: v.number(),
  trainLoss: v.number(),
  trainAccuracy: v.number(),
  validationLoss: v.number(),
  validation: metricsSchema,
  best: v.boolean(),
  seconds: v.number(),
  /** Other losses of the epoch by name, as distillation has them. */
  losses: v.optional(v.record(v.string(), v.number())),
});
export type Epoch = v.InferOutput<typeof epochSchema>;

export interface Run {
  /** The folder's name; unique within a report. */
  name: string;
  folder: string;
  /** Path of the model's file. */
  model: string;
  card: ModelCard;
  /** Of one picture; null for what is no network, or has operators whose cost is not known. */
  multiplyAdds: number | null;
  history: Epoch[];
  facts?: RunFacts;
  predictions?: Prediction[];
  /** What the folder does not hold, each with what that costs the report. */
  missing: string[];
  /** Curves of those it learnt from, by their folders' names, where they are still there. */
  teachers: { name: string; history: Epoch[] }[];
}

/** Baselines are no networks: cascades and forests, which run without ONNX Runtime while they are fitted. */
export const isBaseline = (facts: RunFacts | undefined): boolean =>
  facts !== undefined && ['javascript', 'wasm'].includes(facts.host.provider);

const readHistory = (folder: string): Promise<Epoch[] | undefined> =>
  checked(join(folder, 'history.json'), v.array(epochSchema));

/** Teachers stand in the folders of runs of their own, where they were trained here. */
async function readTeachers(facts: RunFacts | undefined): Promise<Run['teachers']> {
  const folders = (facts?.teachers ?? []).map((model) => dirname(model));
  const read = await Promise.all(
    folders.map(async (folder) => ({ name: basename(folder), history: (await readHistory(folder)) ?? [] })),
  );
  return read.filter(({ history }) => history.length > 0);
}

/** @throws Error naming the model's file where it is damaged */
async function costOf(model: string, size: number): Promise<number | null> {
  if (!model.endsWith('.onnx')) return null;
  const bytes = await readFile(model);
  try {
    return multiplyAdds(decodeModel(bytes), size);
  } catch (error) {
    throw new Error(`${model} is not an ONNX model: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * @param folder as `train` or `distil` leaves it
 * @throws Error naming the folder that is no run's, or the file that is damaged
 */
async function readRun(folder: string, name: string): Promise<Run> {
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw new Error(`there is no folder ${folder}`);
  const names = await readdir(folder);
  const models = names.filter(
    (file) => /\.(onnx|cascades)$/.test(file) && names.includes(file.replace(/\.\w+$/, '.json')),
  );
  if (models.length === 0)
    throw new Error(`${folder} is no run's folder: it holds no model with a card beside it`);
  const facts = await checked(factsIn(folder), runFactsSchema);
  const model = join(folder, facts && models.includes(facts.model) ? facts.model : models[0]!);
  const card = await readCard(model);
  const history = await readHistory(folder);
  const predictions = names.includes('predictions.jsonl') ? await readPredictions(folder) : undefined;
  const missing = [
    // A baseline has no epochs, and lacks nothing by it.
    ...(history || isBaseline(facts) ? [] : ['history.json, so there are no curves']),
    ...(facts ? [] : ['run.json, so its training speed and machine are not known']),
    ...(predictions ? [] : ['predictions.jsonl, so there is no reliability diagram and no mistake to show']),
  ];
  return {
    name,
    folder,
    model,
    card,
    multiplyAdds: await costOf(model, card.input.size),
    history: history ?? [],
    teachers: await readTeachers(facts),
    ...(facts && { facts }),
    ...(predictions && { predictions }),
    missing,
  };
}

/** Folders with a name each, unique among them; of a chain's folder, each of its stages. */
async function namedFolders(folders: readonly string[]): Promise<{ folder: string; name: string }[]> {
  const each = await Promise.all(folders.map(async (folder) => (await stageFolders(folder)) ?? [folder]));
  const unique = [...new Set(each.flat().map((folder) => resolve(folder)))];
  const names = unique.map((folder) => basename(folder));
  return unique.map((folder, i) => ({
    folder,
    name: names.filter((name) => name === names[i]).length > 1 ? folder : names[i]!,
  }));
}

/** Facts of the run, where it is one of a one-shot network. */
async function detectorFacts(folder: string): Promise<RunFacts | null> {
  const facts = await checked(factsIn(folder), runFactsSchema);
  return facts && DETECTOR_NAMES.includes(facts.network) ? facts : null;
}

/** Reads the runs of networks of crops, in the order given; each once. Throws as `readRun` does. */
export async function readRuns(folders: readonly string[]): Promise<Run[]> {
  const read = (await namedFolders(folders)).map(async ({ folder, name }) =>
    (await detectorFacts(folder)) === null ? [await readRun(folder, name)] : [],
  );
  return (await Promise.all(read)).flat();
}

/** Reads those of one-shot networks. @throws Error naming the file that is missing or damaged */
export async function readDetectorRuns(folders: readonly string[]): Promise<DetectorRun[]> {
  const read = (await namedFolders(folders)).map(async ({ folder, name }) => {
    const facts = await detectorFacts(folder);
    return facts ? [await readDetectorRun(folder, name, facts)] : [];
  });
  return (await Promise.all(read)).flat();
}
