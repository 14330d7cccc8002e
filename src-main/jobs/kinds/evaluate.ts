/** The job `evaluate`: how good a model of the registry is on folders. */
import { MASK_CLASSES, type JobResult, type JobSpec } from '../../api';
import { Loader } from '../../data/loader';
import { metricsOf, softmaxRows } from '../../learn/metrics';
import { Predictor } from '../../learn/predictor';
import { openFolders, predictAll } from '../../learn/sets';
import { readCard } from '../../nets/card';
import { noSuch } from '../../store/registry';
import type { Site } from './site';

type Spec = Extract<JobSpec, { kind: 'evaluate' }>;

export async function evaluate(
  { data, split, model }: Spec,
  { registry, gate, post }: Site,
): Promise<JobResult> {
  if (!(await registry.has(model))) throw noSuch(model);
  const path = registry.path(model);
  const { input, temperature } = await readCard(path);
  const samples = await openFolders(data, { split, complete: false });
  const predictor = await Predictor.open(path, input.size);
  const loader = new Loader({ size: input.size, batch: 32, seed: 0, normalisation: input, cache: 0 });
  try {
    const batches = gate.through(loader.plain(samples));
    const { logits, truths } = await predictAll(predictor, batches, (done, imagesPerSecond) => {
      const share = done / samples.length;
      const secondsLeft = (samples.length - done) / imagesPerSecond;
      post({ type: 'progress', progress: { phase: 'measuring', share, secondsLeft, imagesPerSecond } });
    });
    const metrics = metricsOf(softmaxRows(logits, MASK_CLASSES.length, temperature), truths);
    return { kind: 'evaluate', metrics };
  } finally {
    await loader.close();
    await predictor.release();
  }
}
