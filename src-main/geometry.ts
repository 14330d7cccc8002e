/**
 * Boxes and the crops cut from them. Pure arithmetic that training, watching and the renderer must agree on
 * to the pixel, so it stands here once; with api.ts it is all that the renderer takes from src-main.
 */

/** [x, y, width, height] in pixels of the picture it belongs to; x and y are the top left corner. */
export type Box = [x: number, y: number, width: number, height: number];

/** A picture's width and height in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** How much a face box is enlarged on each side before it is cut, as a share of the box (shared by all data). */
export const CROP_MARGIN = 0.27;

/** Area of a box in square pixels. */
export const area = (box: Box): number => Math.max(0, box[2]) * Math.max(0, box[3]);

/** Area that two boxes share, in square pixels. */
export function intersection(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union of two boxes, 0 to 1. */
export function iou(a: Box, b: Box): number {
  const shared = intersection(a, b);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

/** Share of box `a` that lies inside box `b`, 0 to 1. */
export const coverage = (a: Box, b: Box): number => (area(a) === 0 ? 0 : intersection(a, b) / area(a));

/** The box's centre in pixels. */
export const centre = (box: Box): [x: number, y: number] => [box[0] + box[2] / 2, box[1] + box[3] / 2];

/** A box that comes this close to a region's inner edge, as a share of its own size, may be cut by it. */
const EDGE = 0.05;

/** Whether a face reaches an edge of its region that is not the picture's edge. */
export function isCut({ box, region }: { box: Box; region: Box }, picture: Size): boolean {
  const [left, top, right, bottom] = [
    box[0] - region[0],
    box[1] - region[1],
    region[0] + region[2] - box[0] - box[2],
    region[1] + region[3] - box[1] - box[3],
  ];
  const near = (gap: number, size: number) => gap < size * EDGE;
  return (
    (region[0] > 0.5 && near(left, box[2])) ||
    (region[1] > 0.5 && near(top, box[3])) ||
    (region[0] + region[2] < picture.width - 0.5 && near(right, box[2])) ||
    (region[1] + region[3] < picture.height - 0.5 && near(bottom, box[3]))
  );
}

/**
 * The square to cut for a face: the box's longer side enlarged by `margin` on each side, about the box's
 * centre, then shifted (and, where the picture is too small, shrunk) to lie inside the picture. Never padded:
 * padding streaks would give the class away.
 *
 * @param box the face, in picture pixels; may reach over the picture's edge
 * @param margin share of the longer side added on each side
 * @returns the square in picture pixels (not rounded)
 */
export function cropSquare(box: Box, picture: Size, margin = CROP_MARGIN): Box {
  const side = Math.min(Math.max(box[2], box[3]) * (1 + 2 * margin), picture.width, picture.height);
  const [x, y] = centre(box);
  const left = Math.min(Math.max(x - side / 2, 0), picture.width - side);
  const top = Math.min(Math.max(y - side / 2, 0), picture.height - side);
  return [left, top, side, side];
}

/** A one-shot detector's picture: its sides, and how a frame lies in it from the top left corner. */
export interface Fit extends Size {
  /** Pixels of the picture to a pixel of the frame. */
  scale: number;
}

/** What a one-shot detector takes: pictures of any shape with about size² pixels, or only those of given sides. */
export type Takes = { size: number } | Size;

/** What both sides of a picture of any shape are multiples of. */
const FIT_STEP = 32;

/** The picture that shows a frame largest; of no more than it needs, as all of it costs time. */
export function fitOf(frame: Size, takes: Takes): Fit {
  if ('width' in takes) {
    const { width, height } = takes;
    return { width, height, scale: Math.min(width / frame.width, height / frame.height) };
  }
  const pixels = takes.size * takes.size;
  let scale = 0;
  for (let width = FIT_STEP; width * FIT_STEP <= pixels; width += FIT_STEP) {
    const height = Math.floor(pixels / width / FIT_STEP) * FIT_STEP;
    scale = Math.max(scale, Math.min(width / frame.width, height / frame.height));
  }
  const side = (length: number) => Math.max(1, Math.ceil((length * scale - 1e-6) / FIT_STEP)) * FIT_STEP;
  return { width: side(frame.width), height: side(frame.height), scale };
}

/** The frame's own size in the picture, in whole pixels. */
export const fittedSize = (frame: Size, { width, height, scale }: Fit): Size => ({
  width: Math.max(1, Math.min(width, Math.round(frame.width * scale))),
  height: Math.max(1, Math.min(height, Math.round(frame.height * scale))),
});

/** A box of the picture in frame pixels. */
export const unfitted = ([x, y, width, height]: Box, { scale }: Fit): Box => [
  x / scale,
  y / scale,
  width / scale,
  height / scale,
];

/** A rectangle of the screens of a machine, in the system's own pixels. */
interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Size of the small window in the corner, in pixels, and how far it stays from the edges. */
export const SMALL = { width: 420, height: 320 };
const MARGIN = 16;

/** Whether a window is the small one; systems add frames and round. */
export const isSmall = ({ width, height }: { width: number; height: number }): boolean =>
  width <= SMALL.width + 40 && height <= SMALL.height + 80;

/** Where a window stands that was small from the start: nobody knows what it was before. */
export const usualOf = ({ x, y, width, height }: Area): Area => ({
  x: x + Math.round(width * 0.1),
  y: y + Math.round(height * 0.1),
  width: Math.round(width * 0.8),
  height: Math.round(height * 0.8),
});

/** The small window's place in the lower corner where a screen's reading ends. @param area what is free of bars */
export const cornerOf = (area: Area): Area => ({
  x: area.x + area.width - SMALL.width - MARGIN,
  y: area.y + area.height - SMALL.height - MARGIN,
  ...SMALL,
});
