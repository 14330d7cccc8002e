/** Models from a hub: a server here speaks as Hugging Face's does, with an ONNX file that is then trained. */
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialWeights, inventory } from '../../src-main/autograd/scope';
import { architectureOf } from '../../src-main/nets';
import { cnn4 } from '../../src-main/nets/cnn4';
import { exportNetwork } from '../../src-main/nets/export';
import { fetchOnnx } from '../../src-main/nets/hugging-face';
import { seeded } from '../../src-main/random';
import { temporaryFolder } from '../data/drawn';

const model = exportNetwork(cnn4(), 32, initialWeights(inventory(cnn4(), 32), seeded(1)));
/** The repositories there are, and their files. */
const REPOS: Record<string, string[]> = {
  'me/one': ['README.md', 'weights/net.onnx'],
  'me/two': ['a.onnx', 'b.onnx'],
  'me/none': ['README.md'],
};
const asked: string[] = [];
let server: Server;
let hubUrl: string;
beforeAll(async () => {
  server = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    const [, , , owner, repo, tree] = url.split('?')[0]!.split('/');
    const files = REPOS[`${owner ?? ''}/${repo ?? ''}`];
    if (tree === 'tree' && files) {
      const list = files.map((path) => ({ type: 'file', path, size: model.length, oid: '0' }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(list));
    } else if (url.endsWith('.onnx')) {
      const part = headers.range === 'bytes=0-0' ? model.subarray(0, 1) : model;
      response
        .setHeader('etag', '"1"')
        .setHeader('content-range', `bytes 0-${part.length - 1}/${model.length}`);
      response.end(part);
    } else
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Repository not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test('a repository’s model is fetched once, and can be trained', async () => {
  const folder = await temporaryFolder();
  const told: string[] = [];
  const options = { folder, hubUrl, say: (line: string) => told.push(line) };
  const file = await fetchOnnx('hf:me/one', options);
  expect(told).toEqual(['fetching weights/net.onnx of me/one from Hugging Face']);
  expect((await readFile(file)).equals(model)).toBe(true);
  expect(Object.keys(await (await architectureOf(file)).pretrained!()).length).toBeGreaterThan(4);
  const before = asked.length;
  expect(await fetchOnnx('hf:me/one:weights/net.onnx', options)).toBe(file);
  expect(asked.length).toBe(before);
  expect(told).toHaveLength(1);
  await rm(file);
});

test('what cannot be fetched is said, and nothing is left', async () => {
  const folder = await temporaryFolder();
  const fetched = (name: string, url = hubUrl) =>
    fetchOnnx(name, { folder, hubUrl: url, say: () => undefined });
  await expect(fetched('hf:me')).rejects.toThrow('hf:me should be hf:OWNER/REPO');
  await expect(fetched('hf:me/two')).rejects.toThrow(
    'it has 2 .onnx files: say which, as in hf:me/two:a.onnx',
  );
  await expect(fetched('hf:me/none')).rejects.toThrow('cannot fetch hf:me/none: it has no .onnx file');
  await expect(fetched('hf:me/gone')).rejects.toThrow('Repository not found');
  await expect(fetched('hf:me/one:../../x.onnx')).rejects.toThrow('outside its repository');
  // Nobody listens there.
  await expect(fetched('hf:me/one', 'http://127.0.0.1:9')).rejects.toThrow(
    /fetch failed .*can be named instead/,
  );
  await expect(readFile(join(folder, 'me'))).rejects.toThrow();
});
