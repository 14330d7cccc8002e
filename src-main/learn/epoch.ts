/** One epoch of training: its steps, and what is told of them. */
import type { TrainStep } from '../autograd/train-step';
import { seeded } from '../random';
import type { FitOptions } from './fit-options';
import { argmax } from './metrics';
import type { Objective } from './objective';
import { StepTimes } from './step-times';

/** One epoch of steps; null when the signal stopped it midway, which leaves the epoch to be done again. */
export async function trainEpoch(trainer: TrainStep, options: FitOptions, epoch: number) {
  const { batch, classes, steps, epochs, seed } = options;
  const start = performance.now();
  const times = new StepTimes();
  const seconds = () => (performance.now() - start) / 1000;
  let [done, lossSum, right, labelled, rate] = [0, 0, 0, 0, 0];
  const losses: Record<string, number> = {};
  for await (const shown of options.training(epoch)) {
    if (options.signal?.aborted) return null;
    const step = epoch * steps + done;
    rate = options.rateAt(step, epochs * steps);
    const { labels } = shown;
    const { images = shown.images, ...extra } = await options.objective.feeds(shown, seeded(seed, 2, step));
    const { loss, terms, logits } = await trainer.run({
      images,
      extra,
      rate,
      // A young average would hold the first, random weights: it begins short and grows to its length.
      keep: Math.min(options.averaging, (1 + step) / (10 + step)),
      random: seeded(seed, 1, step),
    });
    done += 1;
    lossSum += loss;
    for (const [name, term] of Object.entries(terms)) losses[name] = (losses[name] ?? 0) + term;
    for (let i = 0; i < batch; i++) {
      if (labels[i]! >= 0) labelled += 1;
      if (argmax(logits, i * classes, classes) === labels[i]) right += 1;
    }
    const progress = times.progress(batch, { epoch, epochs, step: done, steps, loss: lossSum / done });
    options.onStep?.(progress);
  }
  return {
    epoch,
    rate,
    trainLoss: lossSum / done,
    trainAccuracy: right / Math.max(1, labelled),
    ...(await toldOf(options.objective, losses, done)),
    seconds: seconds(),
  };
}

/** What an epoch's report says of the loss's terms and of the teacher. @param sums of the terms over so many steps */
async function toldOf({ teacher }: Objective, sums: Record<string, number>, steps: number) {
  const losses = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / steps]));
  const report = await teacher?.();
  if (report) {
    losses["teacher's, validation"] = report.validationLoss;
    if (report.trainLoss !== null) losses["teacher's, training"] = report.trainLoss;
  }
  return { ...(Object.keys(losses).length > 1 && { losses }), ...(report && { teacher: report }) };
}
