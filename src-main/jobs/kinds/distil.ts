/** The job `distil`: a network learns from models of the registry, by any method and in any chain that `maskwatch distil` knows. */
import type { JobSpec } from '../../api';
import { runChain, type StageReport } from '../../learn/distil/chain';
import { combine, readMethod } from '../../learn/distil/methods';
import { plan } from '../../learn/distil/plan';
import type { Stage } from '../../learn/distil/stage';
import { train } from '../../learn/train';
import type { TrainResult } from '../../learn/train-options';
import { noSuch } from '../../store/registry';
import { askedStages } from '../check';
import type { Site } from './site';
import { reporting } from './reporting';
import { optionsOf } from './train';

type Spec = Extract<JobSpec, { kind: 'distil' }>;

/**
 * @returns the best student, and the models it learnt from
 * @throws Error naming the model that is not there, or what is wrong with a stage
 */
export async function distil(
  spec: Spec,
  name: string,
  site: Site,
): Promise<{ result: TrainResult; parents: string[] }> {
  const parents = new Set<string>();
  const asked = askedStages(spec, (model) => {
    parents.add(model);
    return site.registry.path(model);
  });
  for (const id of parents) if (!(await site.registry.has(id))) throw noSuch(id);
  return { result: await run(spec, name, asked, site), parents: [...parents] };
}

function run(spec: Spec, name: string, asked: Stage[], site: Site): Promise<TrainResult> {
  const options = optionsOf(spec, name, site);
  const stages = plan(asked);
  const [only] = stages;
  if (stages.length === 1 && spec.chain === undefined) {
    const recipe = combine(spec.methods.map(readMethod));
    return train({ ...options, distil: { teachers: only!.teachers, peer: spec.network, recipe } });
  }
  const lengths = stages.map(({ settings }) => settings.epochs ?? spec.epochs);
  const sum = (some: number[]): number => some.reduce((all, one) => all + one, 0);
  let before = 0;
  const onStage = ({ number, of, stage, record }: StageReport): void => {
    before = sum(lengths.slice(0, number - 1));
    const what = record
      ? `${(100 * record.validation.balancedAccuracy).toFixed(1)} % on validation${record.kept ? ', the best student so far' : ''}`
      : `${stage.student}, ${stage.methods.join(' ') || 'vanilla'}`;
    site.post({
      type: 'log',
      line: `stage ${String(number)} of ${String(of)}, ${stage.name}: ${what}`,
    });
  };
  const report = reporting(site, sum(lengths), () => before);
  return runChain({ ...options, report, onStage }, asked);
}
