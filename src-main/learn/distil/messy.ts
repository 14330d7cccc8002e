import { type Piece, method } from './method';

/** Flips each label with such a probability to one of the other classes, all alike. */
const flip =
  (fraction: number): NonNullable<Piece['labels']> =>
  ({ values, classes, random }) => {
    for (let at = 0; at < values.length; at += classes) {
      if (random() >= fraction) continue;
      const move = 1 + Math.floor(random() * (classes - 1));
      const row = values.slice(at, at + classes);
      for (let i = 0; i < classes; i++) values[at + ((i + move) % classes)] = row[i]!;
    }
  };

/**
 * Arani et al. 2019, messy collaboration: a fraction of the labels is flipped to another class, drawn anew for each
 * sample each time it is seen, in the student's loss, in the training of its teacher, or in both.
 */
export const messy = method({
  name: 'messy',
  about: "flip a fraction of the student's labels, of its teacher's, or of both (Arani et al. 2019)",
  settings: {
    fraction: { about: "share of samples flipped in the student's loss", value: 0.1, from: 0, to: 1 },
    teacher: { about: 'and in the training of a teacher that this run trains', value: 0, from: 0, to: 1 },
  },
  make: ({ fraction, teacher }) => ({
    labels: flip(fraction),
    inTeacher: teacher > 0 ? `messy:fraction=${teacher}` : null,
  }),
});
