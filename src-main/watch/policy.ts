/**
 * The verdict on one face, by consensus over many looks. The rule:
 *
 * 1. Evidence. Each look adds the logarithms of its probabilities (none below FLOOR, so that no single look can
 *    outweigh many), weighted by its quality. Old looks fade: to 1/e in MEMORY_MS, but never by more than
 *    FADE_AT_MOST from one look to the next, so that rare looks are averaged too. The consensus is the weighted
 *    mean, as probabilities: the normalised geometric mean of the looks.
 * 2. Proposal. The likeliest class once there were `looksNeeded` looks of any worth and its consensus reaches
 *    `verdictThreshold` and is LEAD ahead of the class shown now; the class shown now while its consensus stays
 *    within SLACK under the threshold; else, or with no look of any worth for STALE_MS, `unsure`.
 * 3. Verdict. The first class proposed is shown at once. After that a proposal must be made by SUSTAINED_LOOKS
 *    looks in a row over CHANGE_MS (over UNSURE_MS to fall back to `unsure`): what is shown never flickers.
 *
 * With looks at 10 a second of which a network is 80 % sure, a mask pulled down is told after 0.9 s; at 30 a
 * second, after 0.6 s. Deterministic; time comes with the looks.
 */
import { MASK_CLASSES, type MaskClass, type Probabilities, type Settings, type Verdict } from '../api';

const MEMORY_MS = 400;
const FADE_AT_MOST = 0.6;
const FLOOR = 0.02;
const LEAD = 0.1;
const SLACK = 0.15;
export const STALE_MS = 2000;
export const CHANGE_MS = 250;
export const UNSURE_MS = 800;
export const SUSTAINED_LOOKS = 3;

/** What one frame says of a face. */
export interface FaceLook {
  /** Milliseconds; more than at the face's last look. */
  time: number;
  probabilities: Probabilities;
  /** What the look is worth, 0 to 1 (quality.ts); at 0 its probabilities are not used. */
  quality: number;
}

/** Of the settings, but `verdictThreshold` is the probability a verdict needs (api/threshold.ts). */
export type PolicySettings = Pick<Settings, 'verdictThreshold' | 'looksNeeded'>;

export class Consensus {
  /** What is shown. */
  verdict: Verdict = 'unsure';
  /** The last class that was shown. */
  settled: MaskClass | null = null;
  /** Looks of any worth. */
  looks = 0;
  probabilities: Probabilities = { correct: 1 / 3, incorrect: 1 / 3, none: 1 / 3 };

  /** Weighted, faded sums of log-probabilities in the order of MASK_CLASSES, and of the weights. */
  #evidence = MASK_CLASSES.map(() => 0);
  #weight = 0;
  #lastTime = 0;
  #lastWorth = 0;
  #pending: { to: Verdict; since: number; looks: number } | null = null;

  /** Takes in a look; true when it settled the verdict on another class than before, or on its first. */
  look(look: FaceLook, settings: PolicySettings): boolean {
    if (look.quality > 0) this.#weigh(look);
    const proposal = this.#propose(look.time, settings);
    if (proposal === this.verdict) {
      this.#pending = null;
      return false;
    }
    if (this.#pending?.to !== proposal) this.#pending = { to: proposal, since: look.time, looks: 0 };
    this.#pending.looks++;
    const lasted = look.time - this.#pending.since;
    const sustained =
      this.settled === null ||
      (this.#pending.looks >= SUSTAINED_LOOKS && lasted >= (proposal === 'unsure' ? UNSURE_MS : CHANGE_MS));
    if (!sustained) return false;
    this.verdict = proposal;
    this.#pending = null;
    if (proposal === 'unsure' || proposal === this.settled) return false;
    this.settled = proposal;
    return true;
  }

  #weigh({ time, probabilities, quality }: FaceLook): void {
    const fade = this.looks === 0 ? 0 : Math.max(FADE_AT_MOST, Math.exp((this.#lastTime - time) / MEMORY_MS));
    this.#weight = this.#weight * fade + quality;
    this.#evidence = this.#evidence.map(
      (sum, i) => sum * fade + quality * Math.log(Math.max(FLOOR, probabilities[MASK_CLASSES[i]!])),
    );
    this.looks++;
    this.#lastTime = this.#lastWorth = time;
    const powers = this.#evidence.map((sum) => Math.exp(sum / this.#weight));
    const total = powers.reduce((a, b) => a + b, 0);
    this.probabilities = Object.fromEntries(
      MASK_CLASSES.map((name, i) => [name, powers[i]! / total]),
    ) as Probabilities;
  }

  #propose(time: number, { verdictThreshold, looksNeeded }: PolicySettings): Verdict {
    if (this.looks < looksNeeded || time - this.#lastWorth > STALE_MS) return 'unsure';
    const p = this.probabilities;
    const likeliest = MASK_CLASSES.reduce((a, b) => (p[b] > p[a] ? b : a));
    const shown = this.verdict === 'unsure' ? null : this.verdict;
    if (
      likeliest !== shown &&
      p[likeliest] >= verdictThreshold &&
      (shown === null || p[likeliest] >= p[shown] + LEAD)
    )
      return likeliest;
    return shown !== null && p[shown] >= verdictThreshold - SLACK ? shown : 'unsure';
  }
}
