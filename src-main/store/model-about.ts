/** What is kept of a model beside its network and card: where it is from, and how it was made. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import {
  MODEL_ORIGINS,
  comparisonSchema,
  curvePointSchema,
  metricsSchema,
  modelIdSchema,
  type Metrics,
} from '../api';
import { readCard, type ModelCard } from '../nets/card';

export const aboutSchema = v.object({
  version: v.literal(1),
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(80)),
  origin: v.picklist(MODEL_ORIGINS),
  added: v.pipe(v.string(), v.isoTimestamp()),
  parents: v.pipe(v.array(modelIdSchema), v.maxLength(32)),
  job: v.nullable(v.number()),
  curve: v.pipe(v.array(curvePointSchema), v.maxLength(10_000)),
  comparison: v.nullable(comparisonSchema),
});
export type About = v.InferOutput<typeof aboutSchema>;

/** Reads what lies beside a model's file. @throws Error when it is not there or not whole */
export async function readAbout(model: string): Promise<About> {
  return v.parse(aboutSchema, JSON.parse(await readFile(join(dirname(model), 'about.json'), 'utf8')));
}

/** The same of the model that ships, which has a card alone. */
export async function aboutShipped(model: string): Promise<About> {
  const { name, date } = await readCard(model);
  const day = new Date(`${date.slice(0, 10)}T00:00:00Z`);
  const added = (Number.isNaN(day.getTime()) ? new Date(0) : day).toISOString();
  return { version: 1, name, origin: 'shipped', added, parents: [], job: null, curve: [], comparison: null };
}

/** The figures a list shows: of test pictures, all sets together; where there are none, the best there is. */
export function mainMetrics(card: ModelCard): Metrics | null {
  for (const split of ['holdout', 'test', 'unseen', 'validation']) {
    const own = card.metrics.filter((metrics) => metrics.split === split);
    const found = own.find(({ set }) => set === 'all') ?? own[0];
    if (found) return v.parse(metricsSchema, found);
  }
  return null;
}
