/**
 * What the demo shows when, written beside it: which faces, where, and what a right verdict on them is. For tests
 * and benchmarks; nothing in the watch reads it.
 */
import type { MaskClass } from '../api';
import type { Box, Size } from '../geometry';
import type { Worn } from '../masks/drape';
import { shotFrames, viewAt, type FilmFormat } from './film';
import type { Shot } from './storyboard';

export interface TimelineFace {
  /** The right verdict. */
  label: MaskClass;
  worn: Worn | 'not';
  artwork: string | null;
  /** Where it is in the film's pixels at some frames, first and last among them; in between it moves evenly. */
  boxes: { frame: number; box: Box }[];
}

export interface TimelineSpan {
  /** Seconds from the film's start. */
  start: number;
  end: number;
  photo: string;
  faces: TimelineFace[];
}

export interface Timeline {
  fps: number;
  frames: number;
  size: [width: number, height: number];
  timeline: TimelineSpan[];
}

/** A face of a shot, in photo pixels. */
export interface ShownFace {
  box: Box;
  worn: Worn | 'not';
  artwork: string | null;
}

export const labelOf = (worn: Worn | 'not'): MaskClass =>
  worn === 'not' ? 'none' : worn === 'correct' ? 'correct' : 'incorrect';

/** Frames between two boxes of a face. */
const STEP = 6;

/** A shot's span; faces that are never wholly in view are left out. */
export function spanOf(
  shot: Shot,
  firstFrame: number,
  photo: Size,
  shown: readonly ShownFace[],
  format: FilmFormat,
): TimelineSpan {
  const last = shotFrames(shot, format.fps) - 1;
  const looks = [...Array.from({ length: Math.floor(last / STEP) + 1 }, (_, i) => i * STEP), last];
  const faces = shown.map((face): TimelineFace => {
    const boxes = [...new Set(looks)]
      .map((frame) => ({ frame: firstFrame + frame, box: seenBox(face.box, frame, shot, photo, format) }))
      .filter(({ box }) => inside(box, format));
    return { label: labelOf(face.worn), worn: face.worn, artwork: face.artwork, boxes };
  });
  return {
    start: firstFrame / format.fps,
    end: (firstFrame + last + 1) / format.fps,
    photo: shot.photo,
    faces: faces.filter(({ boxes }) => boxes.length > 0),
  };
}

function seenBox(box: Box, frame: number, shot: Shot, photo: Size, format: FilmFormat): Box {
  const [left, top, width] = viewAt(shot, frame, format, photo);
  const zoom = format.width / width;
  const seen = [(box[0] - left) * zoom, (box[1] - top) * zoom, box[2] * zoom, box[3] * zoom];
  return seen.map((n) => Math.round(n * 10) / 10) as Box;
}

const inside = ([x, y, width, height]: Box, size: Size): boolean =>
  x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height;
