/** What judges in an app: a comparison that is made while it watches changes what `auto` takes, and nothing else does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Judges } from '../../src-main/app/judges';
import { Registry } from '../../src-main/store/registry';
import { SettingsStore } from '../../src-main/store/settings';
import { writeEvidence } from '../../src-main/watch/auto';
import { untrainedDetector } from '../detect/constant-model';
import { colourModel, testCard, writeModel } from '../watch/models';

it('goes by new figures where it chooses, and stays where somebody else has', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-judges-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const model = await writeModel(folder, colourModel(16), testCard(16));
  const settings = await SettingsStore.open(join(folder, 'settings.json'));
  let told = 0;
  const judges = await Judges.open(
    {
      ...{ version: 'test', model, settings, overrides: { provider: 'cpu' } },
      detector: { model: await untrainedDetector() },
      source: { kind: 'camera', name: '' },
    },
    new Registry(join(folder, 'models'), model),
    {
      onChange: () => undefined,
      onPipeline: () => told++,
      onNotice: () => undefined,
      onFault: (message) => {
        throw new Error(message);
      },
    },
  );
  onTestFinished(() => judges.close());
  const reconsidered = async (pipeline: 'auto' | 'two-stage') => {
    judges.reconsider({ ...settings.current, pipeline });
    // After what was asked for before.
    await judges.inTurn(() => Promise.resolve());
    return judges.pipeline.status;
  };
  expect(judges.pipeline.status.reason).toMatch(/has not been compared on enough reviewed pictures/);
  await writeEvidence(folder, {
    ...{ version: 1, of: 'frames', scenes: 60, twoStage: 0.71, oneShot: 0.8, model: 'constant' },
  });
  expect((await reconsidered('two-stage')).reason).toMatch(/has not been compared/);
  expect(told).toBe(0);
  const { name, reason } = await reconsidered('auto');
  expect(told).toBe(1);
  // A busy machine may find it too slow; it has read the comparison either way.
  if (name === 'one-shot')
    expect(reason).toMatch(
      /^mAP@0\.5 0\.80 against 0\.71 on 60 reviewed pictures of this site, \d+ ms a frame$/,
    );
  else expect(reason).toMatch(/^one-shot takes \d+ ms a frame here, more than 24$/);
});
