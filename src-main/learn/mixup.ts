/** Mixup (Zhang et al. 2018): pictures and targets blended in pairs, so that a network learns what lies between. */

/** A number from Beta(alpha, alpha), by Jöhnk's method. */
function beta(alpha: number, random: () => number): number {
  for (;;) {
    const [x, y] = [random() ** (1 / alpha), random() ** (1 / alpha)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

/**
 * Blends each row with the one at the mirrored place (batches are shuffled, so any partner is a random one), with
 * one share for the whole batch drawn from Beta(alpha, alpha). Changes its arguments in place.
 *
 * @param images N×3×S×S
 * @param targets N×classes, a distribution a row
 * @param alpha more than 0; the smaller, the closer blends are to one of the two
 */
export function mixup(
  images: Float32Array,
  targets: Float32Array,
  count: number,
  alpha: number,
  random: () => number,
): void {
  const share = beta(alpha, random);
  for (const rows of [images, targets]) {
    const length = rows.length / count;
    for (let i = 0, j = count - 1; i < j; i++, j--)
      for (let k = 0; k < length; k++) {
        const [a, b] = [rows[i * length + k]!, rows[j * length + k]!];
        rows[i * length + k] = share * a + (1 - share) * b;
        rows[j * length + k] = share * b + (1 - share) * a;
      }
  }
}
