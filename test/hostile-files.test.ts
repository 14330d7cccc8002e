/** Files from elsewhere: models that name other files, images that unpack to too much, settings that never end. */
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PbfWriter } from 'pbf';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LARGEST, readWhole } from '../src-main/files';
import { decode } from '../src-main/data/decode';
import { Predictor } from '../src-main/learn/predictor';
import { checkSelfContained } from '../src-main/onnx/self-contained';
import { encodeModel } from '../src-main/onnx/encode';
import type { Model } from '../src-main/onnx/model';
import { SettingsStore } from '../src-main/store/settings';
import { openClassifier } from '../src-main/watch/classifier';
import { colourModel, testCard, writeModel } from './watch/models';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-hostile-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** TensorProto's external data: key and value pairs, and data_location = EXTERNAL. */
function externalTensor(pbf: PbfWriter, location: string): void {
  for (const dim of [3, 3]) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, 1);
  pbf.writeStringField(8, 'scale');
  pbf.writeMessage(
    13,
    (_: null, entry: PbfWriter) => {
      entry.writeStringField(1, 'location');
      entry.writeStringField(2, location);
    },
    null,
  );
  pbf.writeVarintField(14, 1);
}

type Write = (pbf: PbfWriter) => void;
const message =
  (tag: number, write: Write): Write =>
  (pbf) => {
    pbf.writeMessage(
      tag,
      (_: null, inner: PbfWriter) => {
        write(inner);
      },
      null,
    );
  };
/** A model's bytes with a graph's field added. Protobuf joins the parts of a message that comes twice. */
const withGraphField = (model: Model, write: Write): Uint8Array => {
  const pbf = new PbfWriter();
  message(7, write)(pbf);
  return Buffer.concat([encodeModel(model), pbf.finish()]);
};

describe('a model that names another file', () => {
  const write: Write = (pbf) => {
    externalTensor(pbf, '../../etc/passwd');
  };
  it.each<[string, Write]>([
    ['for its weights', message(5, write)],
    ['for a constant of a node', message(1, message(5, message(5, write)))],
    ['for one of several constants', message(1, message(5, message(10, write)))],
    ['in a branch', message(1, message(5, message(6, message(5, write))))],
    ['for sparse weights', message(15, message(1, write))],
  ])('%s is refused before anything is read', (_, field) => {
    expect(() => {
      checkSelfContained(withGraphField(colourModel(), field));
    }).toThrow('external data');
  });

  it('is refused by the watch and by evaluation, in a sentence that names the model', async () => {
    const { initializers, ...rest } = colourModel();
    expect(initializers).toHaveLength(1);
    const bytes = withGraphField(
      { ...rest, initializers: [] },
      message(5, (pbf) => {
        externalTensor(pbf, 'scale.bin');
      }),
    );
    const path = await writeModel(folder, bytes, testCard(32), 'thief');
    // What it asks for is there: without the refusal it would load.
    await writeFile(join(folder, 'scale.bin'), new Uint8Array(36));
    await expect(openClassifier({ model: path, provider: 'cpu' })).rejects.toThrow(
      /thief\.onnx .*external data/,
    );
    await expect(Predictor.open(path, 32)).rejects.toThrow(/thief\.onnx: .*external data/);
  });

  it('or nests without end, or lies about a length, is refused', () => {
    let nested: Write = () => undefined;
    for (let i = 0; i < 200; i++) nested = message(1, message(5, message(6, nested)));
    expect(() => {
      checkSelfContained(withGraphField(colourModel(), nested));
    }).toThrow('nested too deeply');
    expect(() => {
      checkSelfContained(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0x7f, 0));
    }).toThrow('cut off');
  });

  it('is no matter of honest ones', () => {
    expect(() => {
      checkSelfContained(encodeModel(colourModel()));
    }).not.toThrow();
  });
});

describe('a file that is too large', () => {
  it('is not read: a model', async () => {
    const path = await writeModel(folder, colourModel(), testCard(32), 'large');
    await truncate(path, LARGEST.model + 1); // Sparse: it takes no room.
    await expect(openClassifier({ model: path, provider: 'cpu' })).rejects.toThrow(
      /large\.onnx is larger than 500 MB/,
    );
  });

  it('is set aside: settings', async () => {
    const path = join(folder, 'settings.json');
    await writeFile(path, '{}');
    await truncate(path, LARGEST.settings + 1);
    const { notice } = await SettingsStore.open(path);
    expect(notice).toMatch(/cannot be used \(.*is larger than 1 MB\).*set aside/);
    expect((await readdir(folder)).some((name) => name.startsWith('settings.json.broken-'))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('is not begun: one that never ends', async () => {
    await expect(readWhole('/dev/zero')).rejects.toThrow('/dev/zero is no file');
  });
});

describe('an image', () => {
  it('that unpacks to far more than its file is refused', async () => {
    const path = join(folder, 'bomb.png');
    const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'black' } })
      .png()
      .toBuffer();
    // The header says 20,000 × 20,000: bytes 16 to 23, and its sum after them.
    png.writeUInt32BE(20_000, 16);
    png.writeUInt32BE(20_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await writeFile(path, png);
    await expect(decode(path)).rejects.toThrow(/bomb\.png: .*pixel limit/);
  });

  it('that is a vector drawing, which could name other files, is not one of the formats', async () => {
    const path = join(folder, 'drawing.jpg');
    const href = `file://${join(folder, 'scale.bin')}`;
    await writeFile(
      path,
      `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="${href}"/></svg>`,
    );
    await expect(decode(path)).rejects.toThrow(/drawing\.jpg/);
  });
});
