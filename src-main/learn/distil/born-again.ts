import { type Plan, method } from './method';
import type { Stage } from './stage';

/**
 * Networks of one shape, each begun anew and taught by the one before it.
 * @param count of those that are taught; before the first there is the teacher asked for, or one taught by labels
 */
export function generations({ stage, byLabels, fresh }: Plan, count: number, first: string): Stage[] {
  const made = stage.teachers.length > 0 ? [] : [byLabels(fresh(first))];
  for (let k = 1; k <= count; k++) {
    const before = made.at(-1);
    made.push({
      ...stage,
      name: k < count ? fresh(`generation-${k}`) : stage.name,
      teachers: before ? [before.name] : stage.teachers,
      begin: 'anew',
    });
  }
  return made;
}

/** Furlanello et al. 2018, born-again networks: the student teaches one like itself, and that the next. */
export const bornAgain = method({
  name: 'born-again',
  about: 'train the student again and again, each taught by the one before (Furlanello et al. 2018)',
  settings: { generations: { about: 'students that are taught', value: 3, from: 1, to: 20 } },
  make: ({ generations: count }) => ({
    stages: (plan) => generations(plan, Math.round(count), 'generation-0'),
  }),
});
