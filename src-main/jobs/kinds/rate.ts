/** How fast a model is retrained on this machine: for estimates, before the first retraining has told. */
import { readCard } from '../../nets/card';
import { retrainRate } from '../../learn/retrain';
import type { Registry } from '../../store/registry';
import type { FromJob } from '../messages';

/** What rates of retraining are noted under. */
export const rateOf = (model: string): string => `retrain ${model}`;

export async function measureRate(registry: Registry, post: (message: FromJob) => void): Promise<void> {
  const current = await registry.current();
  const path = registry.path(current);
  const perSecond = await retrainRate(path, await readCard(path));
  post({ type: 'rate', what: rateOf(current), perSecond });
}
