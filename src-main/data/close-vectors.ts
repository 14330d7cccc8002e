/**
 * Finds the pairs among many vectors of length 1 whose cosine is large, without looking at every number of every pair.
 * Exact: none is missed. Vectors are turned so that their first numbers differ most (principal axes); most pairs are
 * too far apart by the first few of these already, and those whose very first differ too much are not met at all.
 */

/** Axes that are compared before a pair is given out; what lies beyond them counts by its length. */
const AXES = 24;
/** Vectors that the axes are taken from. */
const SAMPLE = 1000;
const ROUNDS = 12;
/** Numbers kept of a vector: its coordinates, and the length of what they leave. */
const ROW = AXES + 1;
/** The first of them lie apart from the others, 32 bytes a vector: of twenty pairs nineteen are done with after these. */
const HEAD = 8;
const TAIL = ROW - HEAD;

export class CloseVectors {
  /** The vectors by their first coordinate. */
  readonly #order: Uint32Array;
  /** HEAD numbers of each vector, in that order, and TAIL numbers of each. */
  readonly #heads: Float32Array;
  readonly #tails: Float32Array;

  /**
   * @param count of the vectors
   * @param vector gives one, of length 1, as many numbers as the others have; it is not kept
   */
  constructor(count: number, vector: (i: number) => Float32Array) {
    const step = Math.max(1, Math.floor(count / SAMPLE));
    const sample = Array.from({ length: Math.ceil(count / step) }, (_, n) => vector(n * step));
    const axes = principalAxes(sample);
    const rows = new Float32Array(count * ROW);
    for (let i = 0; i < count; i++) project(vector(i), axes, rows, i * ROW);
    this.#order = new Uint32Array(count)
      .map((_, i) => i)
      .sort((a, b) => rows[a * ROW]! - rows[b * ROW]! || a - b);
    this.#heads = new Float32Array(count * HEAD);
    this.#tails = new Float32Array(count * TAIL);
    for (const [to, from] of this.#order.entries()) {
      this.#heads.set(rows.subarray(from * ROW, from * ROW + HEAD), to * HEAD);
      this.#tails.set(rows.subarray(from * ROW + HEAD, (from + 1) * ROW), to * TAIL);
    }
  }

  /**
   * One vector, and those before it, in the order of their first coordinates, that may be as close as `cosine`.
   * @param place in that order, from 0
   */
  at(place: number, cosine: number): { index: number; close: number[] } {
    const [heads, tails] = [this.#heads, this.#tails];
    // |a − b|² = 2 − 2·cos; a little more, since coordinates are rounded.
    const furthest = 2 * (1 - cosine) + 1e-4;
    const a = place * TAIL;
    const own = place * HEAD;
    const [a0, a1, a2, a3] = [heads[own]!, heads[own + 1]!, heads[own + 2]!, heads[own + 3]!];
    const [a4, a5, a6, a7] = [heads[own + 4]!, heads[own + 5]!, heads[own + 6]!, heads[own + 7]!];
    const lowest = a0 - Math.sqrt(furthest);
    const close: number[] = [];
    for (let at = (place - 1) * HEAD; at >= 0 && heads[at]! >= lowest; at -= HEAD) {
      // Written out: all pairs pass here, and as a loop it takes twice as long.
      const p = a0 - heads[at]!;
      const q = a1 - heads[at + 1]!;
      const r = a2 - heads[at + 2]!;
      const s = a3 - heads[at + 3]!;
      let distance = p * p + q * q + r * r + s * s;
      if (distance > furthest) continue;
      const t = a4 - heads[at + 4]!;
      const u = a5 - heads[at + 5]!;
      const v = a6 - heads[at + 6]!;
      const w = a7 - heads[at + 7]!;
      distance += t * t + u * u + v * v + w * w;
      if (distance > furthest) continue;
      const other = at / HEAD;
      const b = other * TAIL;
      for (let k = 0; k < TAIL && distance <= furthest; k++) {
        const apart = tails[a + k]! - tails[b + k]!;
        distance += apart * apart;
      }
      if (distance <= furthest) close.push(this.#order[other]!);
    }
    return { index: this.#order[place]!, close };
  }
}

/** Writes a vector's coordinates along the axes, and the length of what they leave. */
function project(vector: Float32Array, axes: readonly Float64Array[], out: Float32Array, at: number): void {
  let rest = 0;
  for (const value of vector) rest += value * value;
  for (const [k, axis] of axes.entries()) {
    let along = 0;
    for (let i = 0; i < axis.length; i++) along += axis[i]! * vector[i]!;
    out[at + k] = along;
    rest -= along * along;
  }
  out[at + AXES] = Math.sqrt(Math.max(0, rest));
}

/** Orthonormal axes along which the vectors differ most, by orthogonal iteration on their covariance. */
function principalAxes(sample: readonly Float32Array[]): Float64Array[] {
  const size = sample[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const vector of sample) for (let i = 0; i < size; i++) mean[i] = mean[i]! + vector[i]! / sample.length;
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  for (const vector of sample)
    for (let i = 0; i < size; i++) {
      const [row, from] = [covariance[i]!, vector[i]! - mean[i]!];
      for (let k = 0; k < size; k++) row[k] = row[k]! + from * (vector[k]! - mean[k]!);
    }
  let axes = orthonormal(Array.from({ length: Math.min(AXES, size) }, (_, k) => unit(size, k)));
  for (let round = 0; round < ROUNDS; round++)
    axes = orthonormal(axes.map((axis, k) => addTo(times(covariance, axis), unit(size, k), 1e-9)));
  return axes;
}

const unit = (size: number, k: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Number(i === k));
const times = (matrix: readonly Float64Array[], vector: Float64Array): Float64Array =>
  Float64Array.from(matrix, (row) => dot(row, vector));

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** a ← a + factor·b */
function addTo(a: Float64Array, b: Float64Array, factor: number): Float64Array {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! + factor * b[i]!;
  return a;
}

/** Gram and Schmidt's, twice over against rounding; what depends on earlier axes is left out. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const axes: Float64Array[] = [];
  for (const vector of vectors) {
    const own = vector.slice();
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) for (const axis of axes) addTo(own, axis, -dot(own, axis));
    const length = Math.sqrt(dot(own, own));
    if (length > 1e-9 * before && length > 0) axes.push(own.map((value) => value / length));
  }
  return axes;
}
