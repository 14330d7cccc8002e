/**
 * What JPEG does to a picture, without a file: each 8×8 block's cosine transform is rounded to the standard's
 * quantisation tables (ITU-T T.81, annex K) and transformed back.
 */

// prettier-ignore
const LUMA_TABLE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
// prettier-ignore
const CHROMA_TABLE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/** COSINES[u·8 + x]: the orthonormal cosine transform. */
const COSINES = Float32Array.from({ length: 64 }, (_, i) => {
  const u = i >> 3;
  const x = i & 7;
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/** A table for a quality of 1 to 100, scaled as libjpeg does. */
function quantisers(table: readonly number[], quality: number): Float32Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float32Array.from(table, (q) => Math.min(255, Math.max(1, Math.floor((q * scale + 50) / 100))));
}

const block = new Float32Array(64);
const half = new Float32Array(64);

/** Rounds the block in `block` to the table, in place. */
function quantiseBlock(table: Float32Array): void {
  // Rows, then columns; half[u·8 + y] holds the rows' transform turned over, so that both read along lines.
  for (let y = 0; y < 8; y++)
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += COSINES[u * 8 + x]! * block[y * 8 + x]!;
      half[u * 8 + y] = sum;
    }
  for (let u = 0; u < 8; u++)
    for (let v = 0; v < 8; v++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += COSINES[v * 8 + y]! * half[u * 8 + y]!;
      const q = table[v * 8 + u]!;
      block[v * 8 + u] = Math.round(sum / q) * q;
    }
  for (let u = 0; u < 8; u++)
    for (let y = 0; y < 8; y++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += COSINES[v * 8 + y]! * block[v * 8 + u]!;
      half[u * 8 + y] = sum;
    }
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += COSINES[u * 8 + x]! * half[u * 8 + y]!;
      block[y * 8 + x] = sum;
    }
}

/** Quantises a size × size plane in place, its last row and column repeated to whole blocks. */
function quantisePlane(plane: Float32Array, size: number, table: Float32Array): void {
  for (let top = 0; top < size; top += 8)
    for (let left = 0; left < size; left += 8) {
      for (let i = 0; i < 64; i++)
        block[i] =
          plane[Math.min(top + (i >> 3), size - 1) * size + Math.min(left + (i & 7), size - 1)]! - 128;
      quantiseBlock(table);
      for (let i = 0; i < 64; i++) {
        const y = top + (i >> 3);
        const x = left + (i & 7);
        if (y < size && x < size) plane[y * size + x] = block[i]! + 128;
      }
    }
}

/**
 * Compresses and decompresses in place: luma at full, colour at half resolution (4:2:0).
 * @param pixels size × size × 3 bytes, RGB
 * @param quality 1 to 100, as libjpeg counts
 */
export function jpegArtefacts(pixels: Uint8Array, size: number, quality: number): void {
  const n = size * size;
  const small = (size + 1) >> 1;
  const odd = size % 2 === 1;
  const luma = new Float32Array(n);
  const blue = new Float32Array(small * small);
  const red = new Float32Array(small * small);
  for (let y = 0, i = 0; y < size; y++)
    for (let x = 0; x < size; x++, i++) {
      const r = pixels[3 * i]!;
      const g = pixels[3 * i + 1]!;
      const b = pixels[3 * i + 2]!;
      luma[i] = 0.299 * r + 0.587 * g + 0.114 * b;
      const at = (y >> 1) * small + (x >> 1);
      // A quarter from each of four pixels; where an odd size leaves fewer, they share what is missing.
      const weight = (x === size - 1 && odd ? 1 : 0.5) * (y === size - 1 && odd ? 1 : 0.5);
      blue[at] = blue[at]! + weight * (128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
      red[at] = red[at]! + weight * (128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
    }
  quantisePlane(luma, size, quantisers(LUMA_TABLE, quality));
  const colourTable = quantisers(CHROMA_TABLE, quality);
  quantisePlane(blue, small, colourTable);
  quantisePlane(red, small, colourTable);
  const byte = (value: number) => (value < 0 ? 0 : value > 254.5 ? 255 : value + 0.5);
  for (let y = 0, i = 0; y < size; y++)
    for (let x = 0; x < size; x++, i++) {
      const at = (y >> 1) * small + (x >> 1);
      const cb = blue[at]! - 128;
      const cr = red[at]! - 128;
      pixels[3 * i] = byte(luma[i]! + 1.402 * cr);
      pixels[3 * i + 1] = byte(luma[i]! - 0.344136 * cb - 0.714136 * cr);
      pixels[3 * i + 2] = byte(luma[i]! + 1.772 * cb);
    }
}
