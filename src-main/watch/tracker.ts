/**
 * Follows faces over frames: which box is the face that was there before. Knows boxes, regions and time, nothing
 * of masks. Deterministic; the order of a frame's faces makes no difference.
 */
import type { Face } from '../api';
import { centre, coverage, intersection, iou, type Box, type Size } from '../geometry';
import { assign } from './assignment';
import { Motion } from './motion';

/** A face missed for this long, in at least two looks where it should have been, is gone. Milliseconds. */
export const MISSED_MS = 500;
/** A face nobody looked for (its region is not looked at any more) is gone after this. Milliseconds. */
export const UNSEEN_MS = 3000;
/** Share of a face that a region must hold for the face to have been missed there. */
const COVERED = 0.8;
/** A face with less than this share inside the picture has walked out of it. */
const INSIDE = 0.3;
/** A face is believed once it was seen twice, or at this detector score. */
const CLEAR_SCORE = 0.6;
/** A new face that shares this much with one already there is the same face, found twice. */
const SAME_IOU = 0.5;
const SAME_COVERAGE = 0.75;
/** Most tracks kept at once; beyond it those unseen for longest go. */
const MAX_TRACKS = 256;
/** What leaving a face or a track unmatched costs: more than any pair that is allowed. */
const UNMATCHED = 10;

export interface Followed {
  /** Never used again. */
  readonly id: number;
  /** Smoothed, where it is now; predicted while it is not seen. */
  box: Box;
  /** Frames it was found in. */
  sightings: number;
  /** Whether it is believed to be a face: seen twice, or once clearly. */
  confirmed: boolean;
  /** When it was last found, in milliseconds. */
  seen: number;
}

interface Track extends Followed {
  motion: Motion;
  /** When it was first missed since it was last found. */
  missed: number | null;
  misses: number;
}

export interface FrameFaces {
  faces: readonly Face[];
  regions: readonly Box[];
  picture: Size;
  /** Milliseconds; more than at the last frame. */
  time: number;
}

const sizeOf = (box: Box): number => Math.sqrt(box[2] * box[3]);

const inPicture = ([x, y, width, height]: Box, picture: Size): Box => {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return [left, top, Math.min(picture.width, x + width) - left, Math.min(picture.height, y + height) - top];
};

/** How badly a face fits a track's predicted box, 0 (the same) upwards; UNMATCHED when it cannot be the same. */
function misfit(predicted: Box, face: Box, track: Track, time: number): number {
  const [a, b] = [sizeOf(predicted), sizeOf(face)];
  const [ax, ay] = centre(predicted);
  const [bx, by] = centre(face);
  const away = Math.hypot(ax - bx, ay - by) / ((a + b) / 2);
  const growth = Math.abs(Math.log(b / a));
  // How far off a face may be grows with the time it was not seen, and is wide while its speed is not known.
  const seconds = (time - track.seen) / 1000;
  const far = track.sightings < 3 ? Math.min(1.2, 0.6 + 4 * seconds) : Math.min(1, 0.5 + 1.5 * seconds);
  if (!(away <= far) || !(growth <= Math.LN2)) return UNMATCHED;
  return away + (1 - iou(predicted, face)) / 2 + growth / 2;
}

/** The order in which faces are taken, from the boxes alone, so that the renderer's order does not matter. */
const byPlace = (a: Face, b: Face): number => {
  for (const i of [0, 1, 2, 3] as const) if (a.box[i] !== b.box[i]) return a.box[i] - b.box[i];
  return a.score - b.score;
};

export class Tracker {
  #tracks: Track[] = [];
  #nextId = 1;

  /** The faces followed now, oldest first. */
  get tracks(): readonly Followed[] {
    return this.#tracks;
  }

  /**
   * Takes in a frame.
   * @returns for each face its track (null for one found twice), and the tracks that ended
   */
  update(frame: FrameFaces): { of: (Followed | null)[]; ended: Followed[] } {
    const { time } = frame;
    const order = frame.faces.map((_, i) => i).sort((i, j) => byPlace(frame.faces[i]!, frame.faces[j]!));
    const faces = order.map((i) => frame.faces[i]!);
    const before = this.#tracks;
    const alive = before.filter((track) => time - track.seen <= UNSEEN_MS);

    const predicted = alive.map((track) => track.motion.predict(time));
    const costs = alive.map((track, t) => faces.map((face) => misfit(predicted[t]!, face.box, track, time)));
    const taken: (Track | null)[] = faces.map(() => null);
    for (const [t, f] of assign(costs).entries())
      if (f >= 0 && costs[t]![f]! < UNMATCHED) taken[f] = alive[t]!;

    const matched = new Set(taken);
    const kept = alive.filter((track, t) => matched.has(track) || this.#stays(track, predicted[t]!, frame));
    for (const [f, face] of faces.entries()) {
      const track = taken[f];
      if (track) this.#see(track, face, time);
    }
    const here = faces.filter((_, f) => taken[f]).map((face) => face.box);
    for (const [f, face] of faces.entries()) {
      if (taken[f]) continue;
      if (here.some((box) => iou(box, face.box) > SAME_IOU || coverage(face.box, box) > SAME_COVERAGE))
        continue;
      here.push(face.box);
      kept.push((taken[f] = this.#begin(face, time)));
    }
    this.#tracks = kept.length <= MAX_TRACKS ? kept : this.#latest(kept);

    const now = new Set(this.#tracks);
    const of: (Followed | null)[] = frame.faces.map(() => null);
    for (const [f, i] of order.entries()) if (now.has(taken[f]!)) of[i] = taken[f]!;
    return { of, ended: before.filter((track) => !now.has(track)) };
  }

  #begin(face: Face, time: number): Track {
    return {
      id: this.#nextId++,
      box: face.box,
      sightings: 1,
      confirmed: face.score >= CLEAR_SCORE,
      seen: time,
      motion: new Motion(face.box, time),
      missed: null,
      misses: 0,
    };
  }

  #see(track: Track, face: Face, time: number): void {
    track.motion.update(face.box, time);
    track.box = track.motion.box;
    track.sightings++;
    track.confirmed = true;
    track.seen = time;
    track.missed = null;
    track.misses = 0;
  }

  /** Moves a track that was not found to where it should be; false when it is gone. */
  #stays(track: Track, predicted: Box, { regions, picture, time }: FrameFaces): boolean {
    track.box = predicted;
    const visible = inPicture(predicted, picture);
    const inside =
      intersection(predicted, [0, 0, picture.width, picture.height]) > INSIDE * predicted[2] * predicted[3];
    if (inside && !regions.some((region) => coverage(visible, region) >= COVERED)) return true;
    track.missed ??= time;
    track.misses++;
    return track.confirmed && (track.misses < 2 || time - track.missed < MISSED_MS);
  }

  #latest(tracks: Track[]): Track[] {
    const kept = new Set([...tracks].sort((a, b) => b.seen - a.seen || a.id - b.id).slice(0, MAX_TRACKS));
    return tracks.filter((track) => kept.has(track));
  }
}
