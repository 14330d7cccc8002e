/**
 * ONNX classifiers from Hugging Face repositories. Nothing is asked of the network but for a name that says so
 * (`hf:OWNER/REPO`), and nothing twice: what was fetched is kept.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomic } from '../files';

/** What a name looks like, for help and errors. */
export const HUB_FORM = 'hf:OWNER/REPO[@REVISION][:FILE.onnx]';
const FORM = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?(?::([^:]+\.onnx))?$/;

export const isOnHub = (name: string): boolean => name.startsWith('hf:');

export interface HubOptions {
  /** Where fetched files are kept. */
  folder: string;
  say: (line: string) => void;
  /** Another hub than huggingface.co. */
  hubUrl?: string;
}

/**
 * Fetches a model, or finds it fetched.
 * @param name as HUB_FORM; without a file the repository's only .onnx file, or its onnx/model.onnx, is meant
 * @returns the file's path
 * @throws Error saying what is wrong with the name, the repository or the network, and what to do without it
 */
export async function fetchOnnx(name: string, { folder, say, hubUrl }: HubOptions): Promise<string> {
  const match = FORM.exec(name);
  if (!match) throw new Error(`${name} should be ${HUB_FORM}`);
  const [, repo, revision = 'main', asked] = match as unknown as [string, string, string?, string?];
  const fileOf = (path: string) =>
    join(folder, ...repo.split('/'), revision.replace(/\//g, '_'), ...path.split('/'));
  if (asked?.split('/').includes('..')) throw new Error(`${name} names a file outside its repository`);
  if (asked !== undefined && (await stat(fileOf(asked)).catch(() => null))) return fileOf(asked);
  const hub = await import('@huggingface/hub').catch((error: unknown) => {
    throw new Error('this needs the npm package @huggingface/hub: npm install', { cause: error });
  });
  const from = { repo, revision, ...(hubUrl !== undefined && { hubUrl }) };
  try {
    const path = asked ?? (await onlyModel(hub.listFiles({ ...from, recursive: true }), name));
    const file = fileOf(path);
    if (await stat(file).catch(() => null)) return file;
    say(`fetching ${path} of ${repo} from Hugging Face`);
    const blob = await hub.downloadFile({ ...from, path, xet: false });
    if (!blob) throw new Error(`it has no file ${path}`);
    await mkdir(dirname(file), { recursive: true });
    await writeAtomic(file, new Uint8Array(await blob.arrayBuffer()));
    return file;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message} (${cause.message})` : message;
    throw new Error(`cannot fetch ${name}: ${why}; an .onnx file that is here already can be named instead`, {
      cause: error,
    });
  }
}

async function onlyModel(
  files: AsyncIterable<{ type: string; path: string }>,
  name: string,
): Promise<string> {
  const models: string[] = [];
  for await (const { type, path } of files) if (type === 'file' && path.endsWith('.onnx')) models.push(path);
  const [first] = models;
  if (models.length === 1) return first!;
  if (models.includes('onnx/model.onnx')) return 'onnx/model.onnx';
  if (first === undefined) throw new Error('it has no .onnx file');
  throw new Error(`it has ${models.length} .onnx files: say which, as in ${name}:${first}`);
}
