/** Seeded random numbers, so that a run can be repeated bit for bit. */

/**
 * A generator of uniform numbers in [0, 1) (mulberry32).
 * @param seeds any numbers; the same ones give the same sequence
 */
export function seeded(...seeds: number[]): () => number {
  // Mixed with murmur3's finaliser, so that neighbouring seeds give unrelated sequences.
  let state = 0x9e3779b9;
  for (const seed of seeds) {
    state = Math.imul(state ^ seed, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
