/** What `train --provider` takes: CPU unless asked, what is asked for where it can be, the fastest of those that work. */
import type * as runtime from 'onnxruntime-node';
import { describe, expect, test, vi } from 'vitest';

/** What ONNX Runtime's binary has: this machine's own, or what a test says of another. */
let backends: { name: string; bundled: boolean }[] | undefined;
vi.mock('onnxruntime-node', async (original) => {
  const real = await original<typeof runtime>();
  return { ...real, listSupportedBackends: () => backends ?? real.listSupportedBackends() };
});
const { trainingProvider } = await import('../../src-main/cli/train-provider');

const step = { net: 'cnn4', batch: 2, size: 32, threads: 1 };
const choose = async (choice: Parameters<typeof trainingProvider>[0]) => {
  const said: string[] = [];
  return { chosen: await trainingProvider(choice, step, (line) => said.push(line)), said };
};

describe('training runs on', () => {
  test('CPU, unless something else is asked for', async () => {
    backends = undefined;
    expect((await choose(undefined)).chosen.name).toBe('cpu');
  });
  test.each([
    ['cuda', true],
    ['dml', true],
    ['coreml', true],
    ['webgpu', true],
    // Its libraries are no part of the package, and are not here.
    ['cuda', false],
  ] as const)('%s where the runtime has it (bundled: %s)', async (name, bundled) => {
    backends = [
      { name: 'cpu', bundled: true },
      { name, bundled },
    ];
    if (bundled) expect((await choose(name)).chosen.session).toMatchObject({ executionProviders: [name] });
    else
      await expect(choose(name)).rejects.toThrow(
        '--provider cuda cannot be used here: it needs an NVIDIA card',
      );
  });
  test('the fastest, by the network’s own step; what does not work here is said and passed over', async () => {
    backends = [
      { name: 'cpu', bundled: true },
      { name: 'dml', bundled: true },
    ];
    const { chosen, said } = await choose('auto');
    expect(chosen.name).toBe('cpu');
    expect(said).toEqual([
      expect.stringMatching(/^cpu trains \d+ images\/s$/),
      expect.stringMatching(/^dml does not train here: ./),
    ]);
  });
});
