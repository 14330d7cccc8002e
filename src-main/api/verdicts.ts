/** What is said of a face. */

/** The classes of the network, in the order of its outputs. */
export const MASK_CLASSES = ['correct', 'incorrect', 'none'] as const;
export type MaskClass = (typeof MASK_CLASSES)[number];

/** What maskwatch says of a face: a class, or `unsure` while it is too small, blurred or undecided. */
export type Verdict = MaskClass | 'unsure';

/** One probability a class; they sum to 1. */
export type Probabilities = Record<MaskClass, number>;

/** Faces by class, each counted once by its latest settled verdict. */
export type Counts = Record<MaskClass, number>;
