/** The registry over real files: what comes in and goes out, what is refused, and which model is the current one. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { shippedModel } from '../../src-main/cli/options';
import { decodeModel } from '../../src-main/onnx/decode';
import { encodeModel } from '../../src-main/onnx/encode';
import type { Model } from '../../src-main/onnx/model';
import { Registry, SHIPPED } from '../../src-main/store/registry';
import { proveModel as prove } from '../../src-main/watch/tried';
import { colourModel, testCard, writeModel } from '../watch/models';

let folder: string;
let registry: Registry;
let model: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-registry-'));
  registry = new Registry(join(folder, 'models'), shippedModel());
  model = await writeModel(folder, colourModel(32), testCard(32));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const add = (name: string, more = {}): Promise<string> =>
  registry.add({ model, name, origin: 'train', parents: [], job: null, ...more });

/** An archive like ours with other parts. */
async function zipped(parts: Record<string, Buffer | string>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}
async function ownParts(): Promise<Record<string, Buffer | string>> {
  const id = await add('own');
  const at = (name: string): Promise<Buffer> => readFile(join(registry.folder, id, name));
  return {
    'model.onnx': await at('model.onnx'),
    'model.json': await at('model.json'),
    'about.json': await at('about.json'),
  };
}

describe('the registry', () => {
  it('always has the model that ships, which cannot be removed', async () => {
    const { models, before } = await registry.list();
    expect(models.map(({ id, current }) => [id, current])).toEqual([[SHIPPED, true]]);
    expect(before).toBeNull();
    await expect(registry.remove(SHIPPED)).rejects.toThrow('the model that ships cannot be removed');
  });

  it('names models by what they are called, and none twice', async () => {
    expect([await add('Front door!'), await add('Front door!'), await add('前門')]).toEqual([
      'front-door',
      'front-door-2',
      'model',
    ]);
    expect(await add('x', { job: 7 })).toBe('x-job7');
    expect(await add('x', { job: 7 })).toBe('x-job7');
    expect((await registry.list()).models).toHaveLength(5);
  });

  it('goes back through the models before, also when one is removed', async () => {
    const [a, b] = [await add('a'), await add('b')];
    await registry.setCurrent(a);
    await registry.setCurrent(b);
    expect(await registry.current()).toBe(b);
    await expect(registry.remove(b)).rejects.toThrow('b judges the live picture');
    await registry.remove(a);
    expect((await registry.list()).before).toBe(SHIPPED);
    await registry.rolledBack(SHIPPED);
    expect(await registry.current()).toBe(SHIPPED);
    expect((await registry.list()).before).toBeNull();
  });

  it('has the model that ships judge when the current one’s files are gone or its state is damaged', async () => {
    const a = await add('a');
    await registry.setCurrent(a);
    await rm(join(registry.folder, a), { recursive: true });
    expect(await registry.current()).toBe(SHIPPED);
    await import('node:fs/promises').then((fs) => fs.writeFile(join(registry.folder, 'current.json'), '{"'));
    expect(await registry.current()).toBe(SHIPPED);
    expect(await readdir(registry.folder)).toContain('current.json.broken');
  });
});

describe('an exported model', () => {
  it('comes back on another machine as it was, with where it is from', async () => {
    const id = await add('Front door');
    const { file, bytes } = await registry.export(id);
    expect(file).toBe('front-door.maskwatch');
    const other = new Registry(join(folder, 'other'), shippedModel());
    const there = await other.import(bytes, prove);
    const detail = await other.detail(there);
    expect(detail.entry).toMatchObject({ name: 'Front door', origin: 'imported', current: false });
    expect(detail.card).toEqual((await registry.detail(id)).card);
    expect(await readFile(other.path(there))).toEqual(await readFile(model));
  });

  it.each<[string, (parts: Record<string, Buffer | string>) => Record<string, Buffer | string>, string]>([
    ['a file too many', (parts) => ({ ...parts, 'x.sh': 'rm' }), 'there is a file "x.sh" in it'],
    ['no card', ({ 'model.json': _card, ...parts }) => parts, 'it has no model.json'],
    ['a card that is none', (parts) => ({ ...parts, 'model.json': '{}' }), 'its model.json is not valid'],
    ['no JSON', (parts) => ({ ...parts, 'about.json': '{' }), 'its about.json is not JSON'],
    [
      'an origin there is not',
      (parts) => ({ ...parts, 'about.json': String(parts['about.json']).replace('train', 'gift') }),
      'its about.json is not valid: origin',
    ],
    ['no network', (parts) => ({ ...parts, 'model.onnx': 'ONNX' }), 'model'],
  ])('with %s is refused, and leaves nothing', async (_what, change, why) => {
    const archive = await zipped(change(await ownParts()));
    const before = await readdir(registry.folder);
    await expect(registry.import(archive, prove)).rejects.toThrow(why);
    expect(await readdir(registry.folder)).toEqual(before);
  });

  it('whose names lead out of its folder is refused', async () => {
    // yazl writes no such name: it is put in afterwards, at the same length.
    const archive = await zipped({ ...(await ownParts()), 'aaaa/evil': 'x' });
    const evil = Buffer.from(archive.toString('latin1').replaceAll('aaaa/evil', '../../evl'), 'latin1');
    await expect(registry.import(evil, prove)).rejects.toThrow('this is not a model that can be taken in');
    await expect(registry.import(Buffer.from('PK no zip'), prove)).rejects.toThrow('not a model');
  });

  it('that unpacks to more than it may, or to more than it says, is refused', async () => {
    const parts = await ownParts();
    const bomb = await zipped({ ...parts, 'about.json': Buffer.alloc(3e6) });
    expect(bomb.length).toBeLessThan(100_000);
    await expect(registry.import(bomb, prove)).rejects.toThrow('its about.json is too large');
    // The same, whose entry says that it is small: bytes 24 on of its record in the list at the end.
    const liar = Buffer.from(bomb);
    const record = liar.lastIndexOf(Buffer.from('about.json')) - 46;
    expect(liar.readUInt32LE(record)).toBe(0x02014b50);
    liar.writeUInt32LE(1000, record + 24);
    await expect(registry.import(liar, prove)).rejects.toThrow('this is not a model that can be taken in');
  });

  it('whose network reads other files is refused', async () => {
    const parts = await ownParts();
    // data_location (field 14) EXTERNAL on the first tensor, as onnx.save_model(…, save_as_external_data) writes.
    const marked = withExternalData(decodeModel(parts['model.onnx'] as Buffer));
    const archive = await zipped({ ...parts, 'model.onnx': marked });
    await expect(registry.import(archive, prove)).rejects.toThrow('external data');
  });
});

/** The file with a tensor said to lie elsewhere. */
function withExternalData(model: Model): Buffer {
  const NAME = 'marked-weights';
  const first = { ...model.initializers[0]!, name: NAME };
  const bytes = Buffer.from(encodeModel({ ...model, initializers: [first, ...model.initializers.slice(1)] }));
  // The tensor's name (field 8) becomes two characters shorter, and field 14 = 1 takes their place.
  const at = bytes.indexOf(Buffer.concat([Buffer.from([0x42, NAME.length]), Buffer.from(NAME)]));
  bytes[at + 1] = NAME.length - 2;
  bytes.set([0x70, 1], at + 2 + NAME.length - 2);
  return bytes;
}
