import { method } from './method';

/** A number from the standard normal distribution (Box & Muller). */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Sau & Balasubramanian 2016: with probability α a sample's teacher logits are multiplied by 1 + ε, ε ~ N(0, σ²). */
export const noisyTeacher = method({
  name: 'noisy-teacher',
  about: "now and then scale the teacher's logits by a random factor (Sau & Balasubramanian 2016)",
  settings: {
    alpha: { about: 'probability that a sample is changed', value: 0.5, from: 0, to: 1 },
    sigma: { about: 'standard deviation of the factor', value: 0.2, from: 0, to: 10 },
  },
  make: ({ alpha, sigma }) => ({
    teacher({ values, classes, random }) {
      for (let at = 0; at < values.length; at += classes) {
        if (random() >= alpha) continue;
        const factor = 1 + sigma * normal(random);
        for (let i = at; i < at + classes; i++) values[i]! *= factor;
      }
    },
  }),
});
