/**
 * Distillation methods as small pieces: one may change the labels, another the teacher's answer, another says which
 * loss the student minds. A list of them is a recipe; a new method is one short file.
 */
import type { Value } from '../../autograd/graph';

/** What a loss is built of: a batch of N samples and C classes. */
export interface Ingredients {
  /** Student's logits, N×C. */
  student: Value;
  /** Teacher's logits, N×C, after what the other pieces did to them. */
  teacher: Value;
  /** Labels as distributions, N×C, after what the other pieces did to them. */
  targets: Value;
  /** How much each sample counts, N. */
  weights: Value;
}

/** A batch's labels or logits as the pieces that run outside the graph see them; changed in place. */
export interface Rows {
  /** N×C. */
  values: Float32Array;
  classes: number;
  /** Uniform numbers in [0, 1), the same for the same step. */
  random: () => number;
}

/** A method with its settings filled in. */
export interface Piece {
  name: string;
  /** Changes the labels the student is taught by, one-hot rows. */
  labels?: (rows: Rows) => void;
  /** Changes the teacher's logits, given the labels. */
  teacher?: (rows: Rows & { targets: Float32Array }) => void;
  /** Whether the teacher is not asked at all, its logits being made by `teacher` alone. */
  needsNoTeacher?: boolean;
  /** The student's loss, a scalar. */
  loss?: (from: Ingredients) => Value;
  /** Mixup's alpha, where the method is defined with it. */
  mixup?: number;
}

/** A number a method can be set by. */
export interface Setting {
  /** One line for the help. */
  about: string;
  value: number;
  from: number;
  to: number;
}

/** A kind of piece, by its paper. */
export interface Method<Name extends string = string> {
  name: string;
  /** One line: what it does, and the paper. */
  about: string;
  settings: Record<Name, Setting>;
  make(settings: Record<Name, number>): Omit<Piece, 'name'>;
}

/** Keeps the names of a method's settings known to its `make`. */
export const method = <Name extends string>(from: Method<Name>): Method<Name> => from;
