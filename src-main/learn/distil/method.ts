/**
 * Distillation methods as small pieces: one may change the labels, another the teacher's answer, another names terms
 * of the loss. A list of them is a recipe; a new method is one short file.
 */
import type { Value } from '../../autograd/graph';
import type { Stage } from './stage';

/** What a network makes of a batch of N samples: C classes, and what it saw on the way. */
export interface Seen {
  /** N×C. */
  logits: Value;
  /** The last feature map of each size, N×channels×height×width, as they come; none unless a piece asks for them. */
  maps: readonly Value[];
}

/** What a loss is built of. */
export interface Ingredients {
  student: Seen;
  /** Its logits are those after what the other pieces did to them. */
  teacher: Seen;
  /** Labels as distributions, N×C, after what the other pieces did to them; zeros where there is no label. */
  targets: Value;
  /** Logits N×C of a second network, which learns beside the student. */
  peer: () => Value;
}

/** A batch's labels or logits as the pieces that run outside the graph see them; changed in place. */
export interface Rows {
  /** N×C. */
  values: Float32Array;
  classes: number;
  /** Uniform numbers in [0, 1), the same for the same step. */
  random: () => number;
}

/** What a piece must be given besides pictures and labels. */
export type Need = 'teacher' | 'maps' | 'peer';

/** A method with its settings filled in. */
export interface Piece {
  name: string;
  needs?: readonly Need[];
  /** Changes the labels the student is taught by, one-hot rows, or zeros where there is none. */
  labels?: (rows: Rows) => void;
  /** Changes the teacher's logits, given the labels. */
  teacher?: (rows: Rows & { targets: Float32Array }) => void;
  /** Whether `teacher` makes the logits by itself, from labels, so that no network is asked. */
  isTeacher?: boolean;
  /** Scalars that are added up to the loss, by name; one name is one piece's. */
  terms?: Record<string, (from: Ingredients) => Value>;
  /** Mixup's alpha, where the method is defined with it. */
  mixup?: number;
  /**
   * What there is of it in the training of a teacher that the run itself trains: another method as it is written, or
   * null for nothing. Not given: itself.
   */
  inTeacher?: string | null;
  /** Makes several stages of one, where the method is a way of training again and again. */
  stages?: (plan: Plan) => Stage[];
}

/** What a method that makes stages of a stage is given. */
export interface Plan {
  /** As asked for, without that method; it comes last. */
  stage: Stage;
  /** A stage of the student's own network that is taught by the labels. */
  byLabels: (name: string) => Stage;
  /** A name that no other stage has. */
  fresh: (name: string) => string;
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
