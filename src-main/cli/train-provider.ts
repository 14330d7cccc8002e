/** What a training run runs on: as asked for, or the fastest here by timing the network's own step. */
import type { Provider, ProviderChoice } from '../api';
import type { TrainOptions } from '../learn/train-options';
import { candidateProviders, PROVIDER_TABLE, reasonOf } from '../watch/providers';
import { trainingSpeed, type TrainingSpeedOptions } from './bench-train';
import { UsageError } from './output';

/** Timed steps of each provider: of a software Vulkan device even these take a while. */
const STEPS = 3;

/**
 * @param choice CPU where nothing is asked for: only there a run is the same to the bit every time
 * @param step the network, and its batch, side and threads
 * @throws UsageError when the provider that is asked for cannot be here
 */
export async function trainingProvider(
  choice: ProviderChoice | undefined,
  step: Omit<TrainingSpeedOptions, 'provider' | 'steps'>,
  say: (line: string) => void,
): Promise<Required<TrainOptions>['provider']> {
  const candidates = candidateProviders();
  if (choice === 'auto') return of(await fastest(candidates, step, say));
  const asked = choice ?? 'cpu';
  if (!candidates.includes(asked))
    throw new UsageError(`--provider ${asked} cannot be used here: it needs ${PROVIDER_TABLE[asked].needs}`);
  return of(asked);
}

const of = (name: Provider) => ({ name, session: PROVIDER_TABLE[name].options });

async function fastest(
  candidates: readonly Provider[],
  step: Omit<TrainingSpeedOptions, 'provider' | 'steps'>,
  say: (line: string) => void,
): Promise<Provider> {
  if (candidates.length === 1) return candidates[0]!;
  let best: Provider = 'cpu';
  let most = 0;
  for (const provider of candidates)
    try {
      const { imagesPerSecond } = await trainingSpeed({ ...step, provider, steps: STEPS });
      say(`${provider} trains ${imagesPerSecond.toFixed(0)} images/s`);
      if (imagesPerSecond > most) [best, most] = [provider, imagesPerSecond];
    } catch (error) {
      // One that does not work here is no failure; CPU always works.
      if (provider === 'cpu') throw error;
      say(`${provider} does not train here: ${reasonOf(error)}`);
    }
  return best;
}
