/**
 * The confidence below which a classifier had better say that it is not sure, found on validation pictures after the
 * temperature. An answer is withheld where the chance that it is wrong is more than one in four (Chow, "On optimum
 * recognition error and reject tradeoff", 1970: where withholding costs a quarter of an error). That chance is read
 * off the pictures, as one temperature does not calibrate every confidence: accuracy is fitted as a function of
 * confidence that never falls (isotonic regression; Zadrozny and Elkan 2002).
 */
import { MASK_CLASSES } from '../api';
import type { ModelCard } from '../nets/card';
import { argmax } from './metrics';

/** Share of wrong answers from which withholding is better. */
const TOO_OFTEN = 1 / 4;
/** From an even guess between two classes to where hardly an answer would be left. */
const LEAST = 0.5;
const MOST = 0.95;
/** With fewer validation pictures nothing is told. */
const ENOUGH = 100;

interface Answer {
  confidence: number;
  right: boolean;
}

/** Answers of neighbouring confidence that are fitted one accuracy. */
interface Block {
  /** Lowest confidence in it. */
  from: number;
  n: number;
  right: number;
}

/** Pools answers, in order of confidence, until accuracy never falls from one block to the next. */
function isotonic(answers: readonly Answer[]): Block[] {
  const blocks: Block[] = [];
  for (const { confidence, right } of [...answers].sort((a, b) => a.confidence - b.confidence)) {
    blocks.push({ from: confidence, n: 1, right: right ? 1 : 0 });
    for (;;) {
      const [before, last] = blocks.slice(-2);
      if (!before || !last || before.right * last.n < last.right * before.n) break;
      blocks.splice(-2, 2, { from: before.from, n: before.n + last.n, right: before.right + last.right });
    }
  }
  return blocks;
}

const shareWrong = (answers: readonly Answer[]): number | null =>
  answers.length === 0 ? null : rounded(answers.filter(({ right }) => !right).length / answers.length);
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/**
 * @param probabilities N×3, calibrated
 * @param truths N class indices
 * @returns what the card says, `below` between LEAST and MOST; undefined where there are too few pictures to tell
 */
export function unsureOf(probabilities: Float32Array, truths: ArrayLike<number>): ModelCard['unsure'] {
  const classes = MASK_CLASSES.length;
  const answers = Array.from(truths, (truth, i): Answer => {
    const said = argmax(probabilities, i * classes, classes);
    return { confidence: probabilities[i * classes + said]!, right: said === truth };
  });
  if (answers.length < ENOUGH) return undefined;
  const sound = isotonic(answers).find(({ n, right }) => right >= (1 - TOO_OFTEN) * n);
  const below = Math.min(MOST, Math.max(LEAST, rounded(sound?.from ?? MOST)));
  const withheld = answers.filter(({ confidence }) => confidence < below);
  return {
    below,
    withheld: rounded(withheld.length / answers.length),
    wrongBelow: shareWrong(withheld),
    wrongAbove: shareWrong(answers.filter(({ confidence }) => confidence >= below)),
  };
}
