/**
 * From faces to visits, as the settings say what counts as one: a face that passes by too quickly is none, and one
 * that appears where another was lost a moment ago is the same visit. By place and time alone; nobody is known again.
 */
import type { MaskClass, Settings, VerdictEvent } from '../api';
import { centre, type Box } from '../geometry';

/** A verdict that counts. Times are milliseconds since the epoch. */
export interface Visit {
  /** Unlike any other visit's since the start. */
  id: string;
  /** When its first verdict settled, which is where it is counted. */
  began: number;
  at: number;
  verdict: MaskClass;
  /** The verdict it was counted by before; null when it was not counted yet. */
  before: MaskClass | null;
  /** The first verdict of all. */
  first: MaskClass;
  waitMs: number;
}

/** A face that is not seen any more. */
export interface Departure {
  track: number;
  at: number;
  box: Box;
  /** Milliseconds it was in view. */
  lasted: number;
}

interface Open {
  id: string;
  began: number;
  first: MaskClass;
  verdict: MaskClass;
  waitMs: number;
  counted: MaskClass | null;
  /** When and where its face was lost. */
  left: { at: number; box: Box } | null;
}

/** How far a face may have moved while it was lost, in lengths of its longer side, and how much it may have grown. */
const NEAR = 1;
const ALIKE = 1.8;
/** Visits remembered at once; a door sees fewer in the longest gap. */
const MOST = 512;

export class Visits {
  readonly #byTrack = new Map<number, Open>();
  readonly #left = new Set<Open>();
  #last = 0;

  constructor(private readonly settings: () => Settings['visits']) {}

  /** @returns what is to be counted now, or null */
  settled(event: VerdictEvent): Visit | null {
    const at = Date.parse(event.at);
    let visit = this.#byTrack.get(event.track);
    if (!visit) {
      visit = this.#returned(event.box, at) ?? this.#begin(event, at);
      this.#byTrack.set(event.track, visit);
    }
    visit.verdict = event.verdict;
    return event.waitMs >= this.settings().leastSeconds * 1000 || visit.counted !== null
      ? this.#count(visit, at)
      : null;
  }

  /** A face has gone: one that stayed long enough after its verdict is counted now. */
  gone({ track, at, box, lasted }: Departure): Visit | null {
    const visit = this.#byTrack.get(track);
    if (!visit) return null;
    this.#byTrack.delete(track);
    visit.left = { at, box };
    this.#left.add(visit);
    this.#forget(at);
    const isLong = lasted >= this.settings().leastSeconds * 1000;
    return visit.counted === null && isLong ? this.#count(visit, at) : null;
  }

  /** The visit a track belongs to, or null before its first verdict. */
  visitOf(track: number): string | null {
    return this.#byTrack.get(track)?.id ?? null;
  }

  #begin({ verdict, waitMs }: VerdictEvent, at: number): Open {
    const id = `${Math.floor(at / 1000).toString(36)}-${(++this.#last).toString(36)}`;
    return { id, began: at, first: verdict, verdict, waitMs, counted: null, left: null };
  }

  #count(visit: Open, at: number): Visit | null {
    const { id, began, first, verdict, waitMs, counted: before } = visit;
    if (before === verdict) return null;
    visit.counted = verdict;
    return { id, began, at, verdict, before, first, waitMs };
  }

  #returned(box: Box, at: number): Open | null {
    this.#forget(at);
    for (const visit of this.#left) {
      const { left } = visit;
      if (left === null || !isNear(left.box, box)) continue;
      this.#left.delete(visit);
      visit.left = null;
      return visit;
    }
    return null;
  }

  #forget(at: number): void {
    const gap = this.settings().gapSeconds * 1000;
    for (const visit of this.#left)
      if (visit.left === null || at - visit.left.at > gap || this.#left.size > MOST) this.#left.delete(visit);
  }
}

function isNear(a: Box, b: Box): boolean {
  const [ax, ay] = centre(a);
  const [bx, by] = centre(b);
  const side = Math.max(a[2], a[3]);
  const ratio = Math.max(b[2], b[3]) / side;
  return Math.hypot(ax - bx, ay - by) <= NEAR * side && ratio <= ALIKE && ratio >= 1 / ALIKE;
}
