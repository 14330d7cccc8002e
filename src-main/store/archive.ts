/**
 * A model as one file, to carry to another machine: a zip of network, card and what is known of its making. What
 * comes in is trusted in nothing: only these three names, within these sizes, each checked before it is kept.
 */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import * as v from 'valibot';
import * as yauzl from 'yauzl';
import { ZipFile } from 'yazl';
import { cardPath, cardSchema } from '../nets/card';
import { checkSelfContained } from '../onnx/self-contained';
import { aboutSchema, type About } from './model-about';

/** The parts of an archive and how many bytes each may have. */
const PARTS = { 'model.onnx': 56e6, 'model.json': 2e6, 'about.json': 2e6 } as const;
type Part = keyof typeof PARTS;

/** Bytes of an archive: what a page can send in one message (see kiosk/server.ts). */
export const MOST_BYTES = 60e6;

export interface Unpacked {
  model: Buffer;
  /** Text of the card. */
  card: string;
  about: About;
}

/** @param model path of the .onnx file */
export async function pack(model: string, about: About): Promise<Buffer> {
  const zip = new ZipFile();
  const collected = buffer(zip.outputStream);
  // Weights do not get smaller; texts do.
  zip.addBuffer(await readFile(model), 'model.onnx', { compress: false });
  zip.addBuffer(await readFile(cardPath(model)), 'model.json');
  zip.addBuffer(Buffer.from(JSON.stringify(about)), 'about.json');
  zip.end();
  return collected;
}

/** @throws Error in a sentence that says what is wrong with the file */
export async function unpack(archive: Uint8Array): Promise<Unpacked> {
  if (archive.length > MOST_BYTES) throw refusal(`it has more than ${String(MOST_BYTES / 1e6)} MB`);
  const parts = await readParts(Buffer.from(archive.buffer, archive.byteOffset, archive.length));
  const part = (name: Part): Buffer => {
    const found = parts.get(name);
    if (!found) throw refusal(`it has no ${name}`);
    return found;
  };
  const card = part('model.json').toString('utf8');
  check('model.json', cardSchema, card);
  const about = check('about.json', aboutSchema, part('about.json').toString('utf8'));
  const model = part('model.onnx');
  try {
    checkSelfContained(model);
  } catch (error) {
    throw refusal(`its model.onnx is not a whole ONNX file (${(error as Error).message})`);
  }
  return { model, card, about };
}

const refusal = (why: string): Error => new Error(`this is not a model that can be taken in: ${why}`);

function check<S extends v.GenericSchema>(name: Part, schema: S, text: string): v.InferOutput<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refusal(`its ${name} is not JSON`);
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw refusal(`its ${name} is not valid: ${v.getDotPath(issue) ?? name}: ${issue.message}`);
}

async function readParts(bytes: Buffer): Promise<Map<Part, Buffer>> {
  const parts = new Map<Part, Buffer>();
  try {
    const zip = await yauzl.fromBufferPromise(bytes, { strictFileNames: true, validateEntrySizes: true });
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (!(name in PARTS)) throw new Error(`there is a file ${JSON.stringify(name.slice(0, 80))} in it`);
      const part = name as Part;
      if (parts.has(part)) throw new Error(`it has two files named ${name}`);
      if (entry.uncompressedSize > PARTS[part]) throw new Error(`its ${name} is too large`);
      // yauzl ends the stream with an error as soon as it gives more than the entry says.
      parts.set(part, await buffer(await zip.openReadStreamPromise(entry)));
    }
  } catch (error) {
    throw refusal((error as Error).message);
  }
  return parts;
}
