/** Simulated scenes: people with known paths, seen by a detector that jitters, misses and looks by regions. */
import type { Face } from '../../src-main/api';
import { centre, coverage, iou, type Box } from '../../src-main/geometry';
import { seeded } from '../../src-main/random';
import { Tracker, type Followed } from '../../src-main/watch/tracker';

export const PICTURE = { width: 1280, height: 720 };
export const WHOLE: Box = [0, 0, 1280, 720];

/** Where a person's face is at a time in seconds; null when it cannot be seen. */
export type Path = (seconds: number) => Box | null;

/** A face of a width about a centre, a quarter higher than wide. */
export const faceAt = (x: number, y: number, width: number): Box => [
  x - width / 2,
  y - width * 0.625,
  width,
  width * 1.25,
];

export interface Scene {
  people: Path[];
  seconds: number;
  fps?: number;
  /** The detector's error, as a share of the face's size (uniform, both ways). */
  jitter?: number;
  /** Chance that a visible face is missed in a frame. */
  missed?: number;
  /** Regions looked at in frame f. */
  regions?: (frame: number) => Box[];
  /** Whether a person in front hides those behind (the later ones in the list are behind). */
  hiding?: boolean;
  seed?: number;
}

export interface Seen {
  /** Seconds. */
  time: number;
  person: number;
  truth: Box;
  /** What the detector gave. */
  found: Box;
  track: Followed;
  /** The track's box then. */
  box: Box;
}

/** Plays a scene through a tracker; what was seen of each person, and all tracks that ended. */
export function play(scene: Scene, tracker = new Tracker()): { seen: Seen[]; ended: Followed[] } {
  const { people, seconds, fps = 15, jitter = 0.02, missed = 0, regions = () => [WHOLE] } = scene;
  const next = seeded(scene.seed ?? 1);
  const seen: Seen[] = [];
  const ended: Followed[] = [];
  for (let frame = 0; frame < seconds * fps; frame++) {
    const time = frame / fps;
    const looked = regions(frame);
    const found: { person: number; truth: Box; face: Face }[] = [];
    for (const [person, path] of people.entries()) {
      const truth = path(time);
      const error = () => (next() * 2 - 1) * jitter * (truth?.[2] ?? 0);
      if (!truth || next() < missed || !looked.some((region) => coverage(truth, region) > 0.9)) continue;
      if (scene.hiding && found.some((other) => iou(other.truth, truth) > 0.35)) continue;
      const box: Box = [truth[0] + error(), truth[1] + error(), truth[2] + error(), truth[3] + error()];
      found.push({ person, truth, face: { box, score: 0.8 } });
    }
    const faces = found.map(({ face }) => face);
    const update = tracker.update({ faces, regions: looked, picture: PICTURE, time: time * 1000 + 1 });
    ended.push(...update.ended);
    for (const [i, { person, truth, face }] of found.entries()) {
      const track = update.of[i];
      if (track) seen.push({ time, person, truth, found: face.box, track, box: track.box });
    }
  }
  return { seen, ended };
}

/** The ids a person was followed under, in order, without repeats. */
export const idsOf = (seen: Seen[], person: number): number[] => [
  ...new Set(seen.filter((s) => s.person === person).map((s) => s.track.id)),
];

/** Mean distance of boxes from the truth's centre, as a share of its width. */
export const meanError = (seen: Seen[], of: (s: Seen) => Box): number =>
  seen.reduce((sum, s) => {
    const [ax, ay] = centre(of(s));
    const [bx, by] = centre(s.truth);
    return sum + Math.hypot(ax - bx, ay - by) / s.truth[2];
  }, 0) / seen.length;
