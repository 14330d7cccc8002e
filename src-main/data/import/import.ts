/**
 * Imports what users have: sources are read, their pictures become crops in a staging folder, a journal notes each
 * picture that is done, and at the end the crops are divided into train, val and test.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { SceneLabel } from '../scenes';
import { ClassMap } from './class-names';
import type { FaceFinder } from './cut';
import { cutAll, type Task } from './cut-all';
import type { Item, Skipped } from './item';
import { Journal, rejectForeign, type WrittenCrop } from './journal';
import { stem } from './listing';
import { type Manifest, readManifest, writeManifest } from './manifest';
import { clearStaging, placeCrops, type StagedCrop } from './place';
import { type Format, readSource } from './sources';

const JOURNAL = 'import.jsonl';

/** What pictures of a source show that has no boxes: one face, or a person whose face is to be cut. */
export type Pictures = 'faces' | 'photos';

export interface Progress {
  doing: 'cutting' | 'comparing';
  /** Pictures. */
  done: number;
  of: number;
}

export interface ImportOptions {
  /** Folders. */
  sources: readonly string[];
  out: string;
  /** Undefined to find out. */
  format?: Format;
  /** Undefined: photos in MaskedFace-Net and FFHQ, faces elsewhere. */
  pictures?: Pictures;
  classes: readonly (readonly [theirs: string, ours: SceneLabel])[];
  /** Longest side of the crops in pixels. */
  side: number;
  /** Shares for validation and testing of what does not come divided, and the seed that draws them. */
  val: number;
  test: number;
  seed: number;
  /** Opens the detector; asked once, and only where photographs are to be cut. */
  openFinder: () => Promise<FaceFinder>;
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/**
 * Imports, or goes on with an import that was broken off. One that is finished already is only told of.
 * @throws Error naming the folder, file or class that is wrong; the journal keeps what was done
 */
export async function importSources(options: ImportOptions): Promise<Manifest> {
  const { out, signal, onProgress } = options;
  const sources = options.sources.map((dir) => resolve(dir));
  rejectOverlap(sources, resolve(out));
  await rejectForeign(out, JOURNAL);
  const { tasks, skipped, formats } = await readSources(sources, options);
  const staging = join(out, '.staging');
  await mkdir(staging, { recursive: true });
  const { format, pictures, classes, side, val, test, seed } = options;
  const settings = { sources, format, pictures, classes, side, val, test, seed };
  const journal = await Journal.open(join(out, JOURNAL), settings);
  try {
    const finished = await readManifest(out);
    if (finished) {
      rejectMore(tasks, journal, out);
      return finished;
    }
    await cutAll(tasks, { ...options, staging, journal });
    signal.throwIfAborted();
    const { crops, missed } = collect(tasks, journal, skipped);
    if (crops.length === 0) throw new Error(`nothing was imported: ${whyNothing(skipped, missed)}`);
    const { placed, leaks } = await placeCrops(
      crops,
      { out, staging, val, test, seed },
      { signal, onProgress: (done, of) => onProgress?.({ doing: 'comparing', done, of }) },
    );
    for (const { from } of leaks)
      skipped.push({ file: from, reason: 'has the same again in a split that is kept for measuring' });
    const manifest = await writeManifest(out, { settings, formats, skipped, missed }, placed);
    await clearStaging(staging);
    return manifest;
  } finally {
    await journal.close();
  }
}

const isWithin = (folder: string, other: string): boolean =>
  folder === other || folder.startsWith(other.endsWith(sep) ? other : other + sep);

function rejectOverlap(sources: readonly string[], out: string): void {
  for (const [i, source] of sources.entries()) {
    if (isWithin(out, source) || isWithin(source, out))
      throw new Error(`${out} and ${source} lie within each other: import into a folder apart`);
    const other = sources.find((each, k) => k !== i && isWithin(source, each));
    if (other !== undefined) throw new Error(`${source} is within ${other}: name it once`);
  }
}

function rejectMore(tasks: readonly Task[], journal: Journal, out: string): void {
  const more = tasks.filter(({ item }) => !journal.entries.has(item.file)).length;
  if (more > 0)
    throw new Error(
      `${out} holds a finished import, and its sources have ${more} more pictures by now: name a new folder for --out`,
    );
}

/** All sources' pictures, in order. */
async function readSources(sources: readonly string[], options: ImportOptions) {
  const tasks: Task[] = [];
  const skipped: Skipped[] = [];
  const formats: { dir: string; format: Format }[] = [];
  for (const [i, dir] of sources.entries()) {
    const { format, contents } = await readSource(dir, options.format, new ClassMap(options.classes));
    formats.push({ dir, format });
    for (const each of contents.skipped) skipped.push(each);
    const pictures = options.pictures ?? (format === 'maskedface' ? 'photos' : 'faces');
    for (const item of contents.items)
      tasks.push({
        item,
        name: nameOf(item, dir, i),
        photo: item.kind === 'face' && item.everywhere ? item.photo : `${i} ${item.photo}`,
        cut: item.kind === 'scene' || pictures === 'photos',
      });
  }
  return { tasks, skipped, formats };
}

/** A name for an item's crops that no other item has: its own, and a hash of where it is from. */
function nameOf(item: Item, dir: string, source: number): string {
  const path = relative(dir, item.file).split(sep).join('/');
  const hash = createHash('sha256').update(`${source}\n${path}`).digest('hex').slice(0, 12);
  const own = stem(item.file).replace(/[^\p{L}\p{N}._-]/gu, '_');
  return `${own.slice(0, 60)}-${hash}`;
}

type CollectedCrop = StagedCrop & WrittenCrop & { from: string };

/** The crops that the journal tells of; what it skipped is added to `skipped`. */
function collect(tasks: readonly Task[], journal: Journal, skipped: Skipped[]) {
  const crops: CollectedCrop[] = [];
  let missed = 0;
  for (const { item, photo } of tasks) {
    const entry = journal.entries.get(item.file);
    if (entry === undefined) continue;
    if ('skipped' in entry) {
      skipped.push({ file: item.file, reason: entry.skipped });
      continue;
    }
    missed += entry.missed;
    for (const crop of entry.crops)
      crops.push({ ...crop, photo, from: item.file, ...(item.split && { split: item.split }) });
  }
  return { crops, missed };
}

function whyNothing(skipped: readonly Skipped[], missed: number): string {
  if (missed > 0) return `the detector found none of ${missed} labelled faces`;
  const [first] = skipped;
  return first ? `${first.file}: ${first.reason}` : 'no picture has a labelled face';
}
