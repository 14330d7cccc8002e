/**
 * Makes a detector's training picture out of annotated scenes: one scene moved, scaled and mirrored, or four of them
 * side by side (mosaic, Bochkovskiy et al. 2020), faces of other scenes pasted in, then light and lens. Says where the
 * faces are in it. Everything drawn comes from the generator that is passed in.
 */
import type { Box } from '../geometry';
import { coverage } from '../geometry';
import type { Picture } from './decode';
import { blur, meanLuma, noise, recolour } from './effects';
import { jpegArtefacts } from './jpeg';
import type { SceneFace } from './scenes';
import { resampleInto, type Placement } from './scene-warp';

/** A scene that is decoded; boxes in its pixels. */
export interface SeenScene {
  picture: Picture;
  faces: readonly SceneFace[];
}

/** A face to be pasted: its scene and its box in that. */
export interface Donor {
  picture: Picture;
  face: SceneFace;
}

type Random = () => number;
const within = (random: Random, from: number, to: number) => from + (to - from) * random();
const logWithin = (random: Random, from: number, to: number) => from * Math.pow(to / from, random());

/** Probability of four scenes instead of one. */
export const MOSAIC = 0.6;
/** Of what no picture covers. */
const GREY = 114;
/** How large a scene is drawn, its longer side against the picture's: alone, and as one of four. */
const ALONE = [0.7, 2] as const;
const OF_FOUR = [0.5, 1.3] as const;
/** A box that is cut off counts from this share that is left; below it is ignored, and below the other not there. */
const LEFT = 0.5;
const TRACE = 0.1;
/** Shorter side in pixels of a training picture below which a face is ignored. */
const LEAST = 4;
/** Sides of pasted faces in pixels. */
const PASTED = [10, 100] as const;
/** What is pasted around a face, as a share of its box on each side. */
const COLLAR = 0.25;

/** A face as it is seen through a placement, cut at the region's edge; null where nothing of it is. */
export function seenFace(face: SceneFace, placement: Placement): SceneFace | null {
  const { region, scale, mirrored, x, y } = placement;
  const [left, top, width, height] = face.box;
  const from = mirrored ? x - (left + width) * scale : x + left * scale;
  const whole: Box = [from, y + top * scale, width * scale, height * scale];
  const cut: Box = [Math.max(whole[0], region[0]), Math.max(whole[1], region[1]), 0, 0];
  cut[2] = Math.min(whole[0] + whole[2], region[0] + region[2]) - cut[0];
  cut[3] = Math.min(whole[1] + whole[3], region[1] + region[3]) - cut[1];
  if (cut[2] <= 0 || cut[3] <= 0) return null;
  const share = coverage(whole, region);
  if (share < TRACE) return null;
  const counts = share >= LEFT && Math.min(cut[2], cut[3]) >= LEAST;
  return { box: cut, label: counts ? face.label : 'ignore' };
}

/** Draws how a scene lies in a region: its scale, its side and what of it is seen. */
function drawPlacement(
  { picture }: SeenScene,
  region: Box,
  side: number,
  range: readonly [number, number],
  random: Random,
): Placement {
  const scale = (side / Math.max(picture.width, picture.height)) * logWithin(random, ...range);
  const mirrored = random() < 0.5;
  // Where it is larger than the region any part of it is seen; where it is smaller it lies anywhere inside.
  const start = (from: number, room: number, length: number) => from + random() * (room - length);
  const [width, height] = [picture.width * scale, picture.height * scale];
  const left = start(region[0], region[2], width);
  return {
    region,
    scale,
    mirrored,
    x: mirrored ? left + width : left,
    y: start(region[1], region[3], height),
  };
}

export class SceneComposer {
  readonly size: number;
  readonly #pixels: Uint8Array;

  /** @param size side of the pictures in pixels */
  constructor(size: number) {
    this.size = size;
    this.#pixels = new Uint8Array(size * size * 3);
  }

  /**
   * @param scenes one, or four for a mosaic
   * @param donors faces to paste
   * @returns size × size × 3 bytes, valid until the next call, and the faces in them
   */
  compose(
    scenes: readonly SeenScene[],
    donors: readonly Donor[],
    random: Random,
  ): { pixels: Uint8Array; faces: SceneFace[] } {
    const { size } = this;
    this.#pixels.fill(GREY);
    const cross = () => (scenes.length === 1 ? size : Math.round(size * within(random, 0.35, 0.65)));
    const [cx, cy] = [cross(), cross()];
    const regions: Box[] = [
      [0, 0, cx, cy],
      [cx, 0, size - cx, cy],
      [0, cy, cx, size - cy],
      [cx, cy, size - cx, size - cy],
    ];
    const faces: SceneFace[] = [];
    for (const [i, scene] of scenes.entries()) {
      const placement = drawPlacement(
        scene,
        regions[i]!,
        size,
        scenes.length === 1 ? ALONE : OF_FOUR,
        random,
      );
      resampleInto(scene.picture, placement, this.#pixels, size);
      for (const face of scene.faces) {
        const seen = seenFace(face, placement);
        if (seen) faces.push(seen);
      }
    }
    for (const donor of donors) this.#paste(donor, faces, random);
    this.#light(random);
    return { pixels: this.#pixels, faces };
  }

  /** Pastes a face where there is none, if such a place is found. */
  #paste({ picture, face }: Donor, faces: SceneFace[], random: Random): void {
    const { size } = this;
    const [left, top, width, height] = face.box;
    const scale = Math.min(logWithin(random, ...PASTED) / Math.max(width, height), 2);
    const mirrored = random() < 0.5;
    const [w, h] = [width * scale, height * scale];
    const [dx, dy] = [w * COLLAR, h * COLLAR];
    const [x, y] = [random() * (size - w), random() * (size - h)];
    const region = [x - dx, y - dy, w + 2 * dx, h + 2 * dy].map(Math.round) as Box;
    if (faces.some((other) => coverage(other.box, region) > 0.1 || coverage([x, y, w, h], other.box) > 0.1))
      return;
    const placement: Placement = {
      region,
      scale,
      mirrored,
      x: mirrored ? x + w + left * scale : x - left * scale,
      y: y - top * scale,
      oval: true,
    };
    resampleInto(picture, placement, this.#pixels, size);
    const seen = seenFace(face, { ...placement, region: [0, 0, size, size] });
    if (seen) faces.push(seen);
  }

  #light(random: Random): void {
    const { size } = this;
    const pixels = this.#pixels;
    if (random() < 0.8) {
      const mean = meanLuma(pixels);
      const gain = () => within(random, 0.92, 1.08);
      recolour(pixels, {
        brightness: within(random, -0.12, 0.12),
        contrast: logWithin(random, 0.7, 1.4),
        pivot: mean,
        gamma: 1,
        saturation: random() < 0.1 ? 0 : within(random, 0.5, 1.5),
        gains: [gain(), gain(), gain()],
      });
    }
    if (random() < 0.1) blur(pixels, size, within(random, 0.4, 1.2));
    if (random() < 0.1) noise(pixels, size, within(random, 2, 12), random);
    if (random() < 0.1) jpegArtefacts(pixels, size, within(random, 30, 80));
  }
}
