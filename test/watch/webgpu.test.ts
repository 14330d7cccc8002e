/**
 * The WebGPU provider itself, on a machine without a GPU: Chromium brings a software Vulkan device (SwiftShader).
 * The loader must be pointed at it before ONNX Runtime first asks, and only here: this file has a process of its
 * own (vitest's forks).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realParts } from '../../src-main/watch/choice';
import { difference } from '../../src-main/watch/self-test';
import { openClassifier } from '../../src-main/watch/classifier';
import type { Session } from '../../src-main/watch/engine';
import { openSession } from '../../src-main/watch/providers';
import { noVulkan, vulkanDriver } from '../software-vulkan';
import { randomCrops, randomModel, testCard, writeModel } from './models';

describe.skipIf(noVulkan !== null)(
  `WebGPU on software Vulkan${noVulkan === null ? '' : ` (skipped: ${noVulkan})`}`,
  // Compiling shaders for a processor takes seconds, many on a busy machine.
  { timeout: 240_000 },
  () => {
    const SIZE = 32;
    let folder: string;
    let model: string;

    beforeAll(async () => {
      // In a thread, an environment variable would not reach the Vulkan loader.
      expect(isMainThread).toBe(true);
      process.env['VK_ICD_FILENAMES'] = vulkanDriver;
      folder = await mkdtemp(join(tmpdir(), 'maskwatch-webgpu-'));
      model = await writeModel(folder, randomModel(SIZE), testCard(SIZE));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('loads and answers as CPU does, whatever the batch', async () => {
      const gpu = await openClassifier({ model, provider: 'webgpu' });
      const cpu = await openClassifier({ model, provider: 'cpu' });
      expect(gpu.provider).toEqual({ name: 'webgpu', reason: 'as asked for', fellBack: false });
      for (const n of [1, 4, 7]) {
        const crops = randomCrops(n, SIZE, n);
        expect(difference(await gpu.classify(crops, n), await cpu.classify(crops, n))).toBeLessThan(1e-3);
      }
      expect(gpu.provider.name).toBe('webgpu');
      await gpu.close();
      await cpu.close();
    });

    it('loses to CPU by time under auto, which says so', async () => {
      const classifier = await openClassifier({ model, provider: 'auto' });
      expect(classifier.provider.name).toBe('cpu');
      expect(classifier.provider.reason).toMatch(/^fastest of cpu \d+, webgpu \d+ crops\/s/);
      await classifier.close();
    });

    it('falls back to CPU when it fails while running', async () => {
      let session: Session | undefined;
      const told: string[] = [];
      const classifier = await openClassifier({
        model,
        provider: 'webgpu',
        onFallback: (why) => told.push(why),
        parts: {
          ...realParts(),
          openSession: async (bytes, provider) => {
            const fresh = await openSession(bytes, provider);
            if (provider === 'webgpu') session = fresh;
            return fresh;
          },
        },
      });
      const crops = randomCrops(3, SIZE);
      const before = await classifier.classify(crops, 3);
      await session!.release();
      expect(difference(await classifier.classify(crops, 3), before)).toBeLessThan(1e-3);
      expect(told).toHaveLength(1);
      expect(classifier.provider).toMatchObject({ name: 'cpu', fellBack: true });
      await classifier.close();
    });
  },
);
