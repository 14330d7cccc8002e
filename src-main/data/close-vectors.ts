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

export class CloseVectors {
  /** The vectors by their first coordinate. */
  readonly #order: Uint32Array;
  /** ROW numbers of each vector, in that order. */
  readonly #rows: Float32Array;

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
    this.#rows = new Float32Array(rows.length);
    for (const [to, from] of this.#order.entries())
      this.#rows.set(rows.subarray(from * ROW, (from + 1) * ROW), to * ROW);
  }

  /**
   * One vector, and those before it, in the order of their first coordinates, that may be as close as `cosine`.
   * @param place in that order, from 0
   */
  at(place: number, cosine: number): { index: number; close: number[] } {
    const rows = this.#rows;
    // |a − b|² = 2 − 2·cos; a little more, since coordinates are rounded.
    const furthest = 2 * (1 - cosine) + 1e-4;
    const window = Math.sqrt(furthest);
    const a = place * ROW;
    const close: number[] = [];
    for (let other = place - 1; other >= 0; other--) {
      const b = other * ROW;
      if (rows[a]! - rows[b]! > window) break;
      let distance = 0;
      for (let k = 0; k < ROW && distance <= furthest; k++) {
        const apart = rows[a + k]! - rows[b + k]!;
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
