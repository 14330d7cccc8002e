/** The model that judges: promoted under the stream, rolled back by hand and by itself, never left half-way. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveModel } from '../src-main/live';
import { floatTensor, type Model } from '../src-main/onnx/model';
import { Registry, SHIPPED } from '../src-main/store/registry';
import { recovered } from './recovery';
import { colourModel, flatCrops, node, randomModel, testCard, writeModel } from './watch/models';

let folder: string;
let registry: Registry;
let notices: string[];
let changes: boolean[];
const opened: LiveModel[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-live-'));
  registry = new Registry(join(folder, 'models'), await writeModel(folder, colourModel(32), testCard(32)));
  [notices, changes] = [[], []];
});
afterEach(async () => {
  for (const live of opened.splice(0)) await live.close();
  await rm(folder, { recursive: true });
});

async function open(): Promise<LiveModel> {
  const live = await LiveModel.open({
    registry,
    pinned: null,
    provider: 'cpu',
    onChange: (isOther) => changes.push(isOther),
    onNotice: (message) => notices.push(message),
  });
  opened.push(live);
  return live;
}

/** Adds a model to the registry. */
async function add(name: string, model: Model, size = 32): Promise<string> {
  const at = await mkdtemp(join(folder, 'new-'));
  const path = await writeModel(at, model, { ...testCard(size), name });
  return registry.add({ model: path, name, origin: 'train', parents: [], job: null });
}

/** Answers the faces of the self-test, and nothing that is a number for a red one: a logarithm of what is below 0. */
function blindToRed(): Model {
  const model = colourModel(32);
  const last = model.nodes.at(-1)!;
  return {
    ...model,
    nodes: [
      ...model.nodes.slice(0, -1),
      { ...last, name: 'raw', outputs: ['raw'] },
      node('Add', ['raw', 'four'], 'shifted'),
      node('Log', ['shifted'], 'logits'),
    ],
    initializers: [...model.initializers, floatTensor('four', [1], [4])],
  };
}

const judged = (live: LiveModel): Promise<unknown[]> => {
  const { size } = live.classifier.card.input;
  return live.classifier.classify(flatCrops([[250, 10, 10]], size), 1);
};

describe('the live model', () => {
  it('is promoted between two batches: what is under way is answered, what follows is the new one’s', async () => {
    const other = await add('other', randomModel(48), 48);
    const live = await open();
    const under = Array.from({ length: 5 }, () => judged(live));
    await live.promote(other);
    expect(live.classifier.card.name).toBe('other');
    expect((await Promise.all(under)).every((answers) => answers.length === 1)).toBe(true);
    expect(await judged(live)).toHaveLength(1);
    expect(await registry.current()).toBe(other);
    expect(changes).toEqual([true]);
    await live.rollBack();
    expect(await registry.current()).toBe(SHIPPED);
    await expect(live.rollBack()).rejects.toThrow('there is no model before this one');
  });

  it('that cannot be opened is not promoted, and nothing has changed', async () => {
    const broken = await add('broken', colourModel(32));
    await writeFile(registry.path(broken), 'no network');
    const live = await open();
    await expect(live.promote(broken)).rejects.toThrow(/is not an ONNX model that can be run/);
    await expect(live.promote('nowhere')).rejects.toThrow('there is no model nowhere');
    expect(await registry.current()).toBe(SHIPPED);
    expect(await judged(live)).toHaveLength(1);
    expect(changes).toEqual([]);
  });

  it('that fails as it runs is replaced within the same call, and the list says why', async () => {
    const blind = await add('blind', blindToRed());
    const live = await open();
    await live.promote(blind);
    const failed = performance.now();
    expect(await judged(live)).toHaveLength(1);
    recovered('model fails as it runs, until the call is answered', failed);
    expect(await registry.current()).toBe(SHIPPED);
    const { models } = await registry.list();
    expect(models.find(({ id }) => id === blind)?.fault).toMatch(/\S/);
    expect(notices).toEqual([expect.stringMatching(/^the model blind failed \(.*\): shipped judges again$/)]);
  });

  it('that does not open at the start gives way to the one that ships', async () => {
    const broken = await add('broken', colourModel(32));
    await registry.setCurrent(broken);
    await writeFile(registry.path(broken), 'no network');
    const started = performance.now();
    const live = await open();
    recovered('model that is none, at the start', started);
    expect(live.classifier.card.name).toBe(testCard(32).name);
    expect(await registry.current()).toBe(SHIPPED);
    expect(notices).toHaveLength(1);
  });

  it('follows what another process promotes', async () => {
    const other = await add('other', randomModel(32));
    const live = await open();
    await registry.setCurrent(other);
    await vi.waitFor(() => expect(live.classifier.card.name).toBe('other'), { timeout: 10_000 });
  });

  it('that was marked as worse, or a pinned file beside it, is not promoted', async () => {
    const at = await mkdtemp(join(folder, 'new-'));
    const model = await writeModel(at, colourModel(32), testCard(32));
    const metrics = {
      n: 1,
      accuracy: 1,
      balancedAccuracy: 1,
      confusion: { labels: [], matrix: [] },
      perClass: {},
      ece: 0,
    };
    const comparison = {
      current: SHIPPED,
      candidate: 'worse',
      faces: 1,
      visits: 1,
      before: metrics,
      after: metrics,
      agreement: { same: 0, of: 0 },
      changed: [],
      worse: 'it errs more',
    };
    const id = await registry.add({
      model,
      name: 'worse',
      origin: 'retrain',
      parents: [],
      job: 1,
      comparison,
    });
    await expect((await open()).promote(id)).rejects.toThrow('worse-job1 may not be promoted: it errs more');
    const pinned = await LiveModel.open({
      registry,
      pinned: registry.shipped,
      provider: 'cpu',
      onChange: () => undefined,
      onNotice: () => undefined,
    });
    opened.push(pinned);
    await expect(pinned.rollBack()).rejects.toThrow('maskwatch was started with --model');
  });
});
