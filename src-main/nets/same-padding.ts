/** TensorFlow's SAME padding, which is uneven where the zeros needed are an odd number: more after than before. */

/**
 * @param sides height and width of the picture; kernel and stride likewise
 * @returns zeros on top, left, bottom and right, so that ⌈side / stride⌉ windows fit
 */
export function samePadding(
  sides: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
): [number, number, number, number] {
  const [top, left] = sides.map((side, axis) => {
    const needed = Math.max(0, (Math.ceil(side / stride[axis]!) - 1) * stride[axis]! + kernel[axis]! - side);
    return [Math.floor(needed / 2), Math.ceil(needed / 2)] as const;
  });
  return [top![0], left![0], top![1], left![1]];
}
