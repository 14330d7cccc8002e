/**
 * The places at which the one-shot detector looks: the centres of a grid's cells at each stride. What a place gives is
 * read as YOLOX reads it (Ge et al. 2021): the box's centre is the place's moved by x and y strides, its sides are
 * eʷ and eʰ strides.
 */

/** Pixels between neighbouring places of each level, finest first. */
export const STRIDES = [8, 16, 32] as const;

/** All places of a picture, level by level, row by row: their centres and strides in pixels. */
export interface Places {
  count: number;
  x: Float32Array;
  y: Float32Array;
  stride: Float32Array;
}

/** @param width and height of the picture in pixels, multiples of the coarsest stride */
export function placesOf(width: number, height: number, strides: readonly number[] = STRIDES): Places {
  const count = strides.reduce((sum, stride) => sum + (width / stride) * (height / stride), 0);
  const [x, y, steps] = [0, 1, 2].map(() => new Float32Array(count)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  let at = 0;
  for (const stride of strides)
    for (let row = 0; row < height / stride; row++)
      for (let column = 0; column < width / stride; column++, at++) {
        x[at] = (column + 0.5) * stride;
        y[at] = (row + 0.5) * stride;
        steps[at] = stride;
      }
  return { count, x, y, stride: steps };
}

/** Limits of the logarithm of a side in strides, beyond which it no longer learns: from 0.14 to 33 strides. */
export const SIDE_LIMITS = [-2, 3.5] as const;
