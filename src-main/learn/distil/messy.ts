import { method } from './method';

/**
 * Arani et al. 2019, messy collaboration: a fraction of the labels is flipped to another class, drawn anew for each
 * sample each time it is seen.
 */
export const messy = method({
  name: 'messy',
  about: "flip a fraction of the student's labels (Arani et al. 2019)",
  settings: { fraction: { about: 'share of samples flipped', value: 0.1, from: 0, to: 1 } },
  make: ({ fraction }) => ({
    labels({ values, classes, random }) {
      for (let at = 0; at < values.length; at += classes) {
        if (random() >= fraction) continue;
        const move = 1 + Math.floor(random() * (classes - 1));
        const row = values.slice(at, at + classes);
        for (let i = 0; i < classes; i++) values[at + ((i + move) % classes)] = row[i]!;
      }
    },
  }),
});
