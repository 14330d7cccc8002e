/** Input that is wrong: one sentence that names it, exit code 1, or 2 where the usage was wrong; never a stack. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shippedModel } from '../../src-main/cli/options';
import { cardPath } from '../../src-main/nets/card';
import { finished } from './command';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#a07050' } })
    .jpeg()
    .toBuffer();
  await writeFile(at('good.jpg'), picture);
  await writeFile(at('corrupt.jpg'), picture.subarray(0, 200));
  await mkdir(at('empty'));
  await mkdir(at('two-classes', 'correct'), { recursive: true });
  await writeFile(at('two-classes', 'correct', 'a.jpg'), picture);
  const model = await readFile(shippedModel());
  await writeFile(at('cut.onnx'), model.subarray(0, model.length / 2));
  await writeFile(at('cut.json'), await readFile(cardPath(shippedModel())));
  await writeFile(at('film.mjpeg'), 'not a film');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function failure(...args: string[]): Promise<{ code: number | null; message: string }> {
  const { code, stdout, stderr } = await finished(args, at('config'));
  const message = stderr.join('\n');
  expect(stdout.filter((line) => !line.startsWith('{'))).toEqual([]);
  expect(message).not.toMatch(/^\s+at .*:\d+:\d+/m);
  return { code, message };
}

describe('classify', () => {
  it('names a corrupt image, and still answers for the good one', async () => {
    const { code, stdout, stderr } = await finished(
      ['classify', '--crops', '--json', at('corrupt.jpg'), at('good.jpg')],
      at('config'),
    );
    expect(code).toBe(1);
    expect(stderr.join('\n')).toMatch(/corrupt\.jpg: not a readable image/);
    expect(stdout.map((line) => (JSON.parse(line) as { file: string }).file)).toEqual([at('good.jpg')]);
  });

  it('says the same of one that the browser is to read', async () => {
    const { code, message } = await failure('classify', '--json', at('corrupt.jpg'));
    expect(code).toBe(1);
    expect(message).toContain('corrupt.jpg: ');
  });

  it('names a model that is cut off, and one that is not there', async () => {
    const cut = await failure('classify', '--crops', '--model', at('cut.onnx'), at('good.jpg'));
    expect(cut.code).toBe(1);
    expect(cut.message).toContain('cut.onnx');
    const none = await failure('classify', '--crops', '--model', at('none.onnx'), at('good.jpg'));
    expect(none.code).toBe(1);
    expect(none.message).toMatch(/none\.(onnx|json)/);
  });

  it('names a photo that is not there', async () => {
    const { code, message } = await failure('classify', '--crops', at('nowhere.jpg'));
    expect(code).toBe(1);
    expect(message).toContain('nowhere.jpg');
  });
});

describe('evaluate', () => {
  it('names an empty folder', async () => {
    const { code, message } = await failure('evaluate', '--json', '--data', at('empty'));
    expect(code).toBe(1);
    expect(message).toContain('empty');
  });

  it('measures a folder that lacks classes without inventing figures for them', async () => {
    const { code, stdout } = await finished(
      ['evaluate', '--json', '--data', at('two-classes')],
      at('config'),
    );
    expect(code).toBe(0);
    const { n, perClass } = JSON.parse(stdout.join('')) as {
      n: number;
      perClass: Record<string, { recall: number | null }>;
    };
    expect(n).toBe(1);
    expect(perClass['none']!.recall).toBeNull();
  });
});

describe('train', () => {
  it('names the class that is missing', async () => {
    const { code, message } = await failure(
      ...['train', '--arch', 'student', '--data', at('two-classes'), '--out', at('run')],
    );
    expect(code).toBe(1);
    expect(message).toMatch(/incorrect|none/);
  });
});

describe('monitor', () => {
  it('names a file that is no film', async () => {
    const { code, message } = await failure('monitor', '--headless', '--source', at('film.mjpeg'));
    expect(code).toBe(1);
    expect(message).toContain('film.mjpeg');
  });
});

describe('wrong usage', () => {
  const cases: [string, string[]][] = [
    ['an unknown verb', ['wach']],
    ['an unknown option', ['monitor', '--hedless']],
    ['a value that is none of the choices', ['classify', '--provider', 'abacus', 'a.jpg']],
    ['a network that is not known', ['train', '--arch', 'abacus', '--data', 'x', '--out', 'y']],
    ['a method that is not known', ['distil', '--method', 'abacus', '--data', 'x', '--out', 'y']],
    ['a number that is none', ['monitor', '--for', 'ever']],
    ['an argument that is missing', ['classify']],
  ];
  for (const [what, args] of cases) {
    it(`is ${what}: exit code 2 and a sentence`, async () => {
      const { code, message } = await failure(...args);
      expect(code).toBe(2);
      expect(message).toMatch(/^error: /m);
    });
  }
});
