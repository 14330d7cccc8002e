/** How sure a verdict must be: what the model's card says, moved by how strict the operator wants it. */
/** The setting that takes the model's own word. */
export const NEUTRAL = 0.6;

/** Verdicts are never given below the first, and always from the second. */
const [LEAST, MOST] = [0.4, 0.99];

const odds = (p: number): number => p / (1 - p);

/**
 * The probability that a verdict needs. The setting changes the odds that the card asks for: at NEUTRAL they are the
 * card's own, above it stricter, below it more lenient, by the same factor whatever the model. A card that says
 * nothing leaves the setting as it is.
 * @param setting `verdictThreshold` of the settings, 0.4 to 0.99
 * @param unsureBelow of the card, 0.5 to 0.95
 */
export function thresholdOf(setting: number, unsureBelow: number | undefined): number {
  if (unsureBelow === undefined) return setting;
  const wanted = (odds(unsureBelow) * odds(setting)) / odds(NEUTRAL);
  return Math.min(MOST, Math.max(LEAST, wanted / (1 + wanted)));
}
