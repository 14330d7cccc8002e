/** What maskwatch is made of here: versions, the packages in it with their licences, and where it keeps its files. */
import { readFile } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { About } from './api';
import { pagesFolder, projectRoot } from './pages';
import { runtimeFolders } from './setup/shipped.mjs';

const manifestSchema = v.object({
  name: v.string(),
  version: v.string(),
  license: v.optional(v.string(), ''),
});
/** As Vite writes it of what it bundled into the pages. */
const bundledSchema = v.array(
  v.object({
    name: v.string(),
    version: v.string(),
    identifier: v.nullish(v.string(), ''),
    text: v.nullish(v.string(), ''),
  }),
);

const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

type Licence = About['licences'][number];

/** Packages that run in maskwatch, by name. */
async function licences(): Promise<Licence[]> {
  const root = projectRoot();
  const needed = runtimeFolders(root).map(async (folder): Promise<Licence> => {
    const { name, version, license } = v.parse(
      manifestSchema,
      await json(join(root, folder, 'package.json')),
    );
    return { name, version, licence: license };
  });
  const bundled = v
    .parse(bundledSchema, await json(join(pagesFolder(), 'licences.json')).catch(() => []))
    .map(({ name, version, identifier, text }) => ({
      name,
      version,
      // Some name their licence in its text alone.
      licence: identifier || (/^\s*(The )?MIT License/i.test(text) ? 'MIT' : ''),
    }));
  const all = new Map(
    [...bundled, ...(await Promise.all(needed))].map((one) => [`${one.name} ${one.version}`, one]),
  );
  return [...all.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** @param folder of settings, counts, models and jobs */
export async function about(version: string, host: About['host'], folder: string): Promise<About> {
  const list = await licences();
  const versionOf = (name: string): string => list.find((one) => one.name === name)?.version ?? '';
  const { electron, chrome } = process.versions as Partial<Record<string, string>>;
  return {
    version,
    host,
    parts: [
      ...(electron === undefined ? [] : [{ name: 'Electron', version: electron }]),
      ...(chrome === undefined ? [] : [{ name: 'Chromium', version: chrome }]),
      { name: 'Node.js', version: process.versions.node },
      { name: 'ONNX Runtime', version: versionOf('onnxruntime-node') },
    ],
    licences: list,
    folder,
    platform: `${process.platform} ${arch()} ${release()}`,
  };
}
