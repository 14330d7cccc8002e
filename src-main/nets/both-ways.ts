/**
 * A face is judged twice: as it is, and mirrored. A mask is worn the same way either way round, so what the network says
 * of both is better than what it says of one: accuracy .9568 with one look and .9590 with two on test photographs, .9606
 * and .9639 on sets it never saw, measured of an earlier student in two runs that differ by two pictures. It costs a
 * second pass, of which the watch has plenty.
 */

/**
 * Pictures turned left to right.
 * @param pixels rows of `width` pixels, one row after another, of any number of pictures or planes
 * @param perPixel numbers that lie side by side for each pixel: 3 of RGB bytes, 1 of planes
 * @returns new pixels in the same layout
 */
export function mirrored<T extends Uint8Array | Float32Array>(pixels: T, width: number, perPixel: number): T {
  const turned = pixels.slice() as T;
  const row = width * perPixel;
  for (let start = 0; start < pixels.length; start += row)
    for (let x = 0; x < width; x++)
      for (let k = 0; k < perPixel; k++)
        turned[start + x * perPixel + k] = pixels[start + (width - 1 - x) * perPixel + k]!;
  return turned;
}
