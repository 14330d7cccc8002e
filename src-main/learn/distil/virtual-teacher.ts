import { method } from './method';

/**
 * Yuan et al. 2020, teacher-free distillation: a hand-made teacher that gives the label a probability and shares the
 * rest evenly. Its logits are the logarithms of that.
 */
export const virtualTeacher = method({
  name: 'virtual-teacher',
  about: 'a hand-made teacher, sure of the label to a given degree (Yuan et al. 2020)',
  settings: { sure: { about: 'probability of the label', value: 0.95, from: 0.34, to: 0.9999 } },
  make: ({ sure }) => ({
    isTeacher: true,
    teacher({ values, targets, classes }) {
      const rest = (1 - sure) / (classes - 1);
      values.forEach((_, i) => (values[i] = Math.log(rest + (sure - rest) * targets[i]!)));
    },
  }),
});
