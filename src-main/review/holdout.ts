/** Which reviewed visits are kept out of training, so that there is something to compare by. */

/** Share of a class's faces that is kept out. */
const SHARE = 0.3;

/**
 * Whether a visit whose first labelled face is of a class goes to the holdout: the second face of a class does, then
 * as many as keep the share. Decided in the order of labelling, so what is labelled later moves nothing.
 *
 * @param learnt faces of that class in training so far
 * @param held and in the holdout
 */
export const isHoldout = (learnt: number, held: number): boolean =>
  learnt > 0 && (held === 0 || held < SHARE * (learnt + held));
