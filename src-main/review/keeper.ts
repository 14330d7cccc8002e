/**
 * Chooses which looks are kept for review: those the network was unsure of, those that contradict what is shown, and
 * those that changed a verdict; few of each visit, no face twice, and no more than there is room for.
 */
import sharp from 'sharp';
import { MASK_CLASSES, type MaskClass, type Probabilities, type ReviewReason } from '../api';
import { invariants, signature } from '../data/signature';
import type { SeenLook } from '../watch/monitor';
import { isFull } from '../store/database';
import type { NewFace, ReviewStore } from './store';
import { Variety } from './variety';

interface Candidate extends Omit<SeenLook, 'crop' | 'changed' | 'quality'> {
  quality: number;
  reason: ReviewReason;
  crop: Uint8Array;
}

/** A look that is worth less shows too little to be labelled. */
const LEAST_QUALITY = 0.3;
/** Below this probability of its likeliest class a look is unsure, from this on it may contradict the verdict. */
const UNSURE = 0.75;
/** Of one visit, and milliseconds between two of them. */
const MOST_OF_A_VISIT = 4;
const APART = 1000;
/** Faces that are given up at a time when the disk is full. */
export const GIVEN_UP = 10;

const likeliest = (p: Probabilities): MaskClass =>
  MASK_CLASSES.reduce((best, name) => (p[name] > p[best] ? name : best));

function reasonOf({ changed, probabilities, verdict }: SeenLook): ReviewReason | null {
  if (changed) return 'changed';
  const guess = likeliest(probabilities);
  const contradicts = verdict !== 'unsure' && verdict !== guess;
  return probabilities[guess] < UNSURE || contradicts ? 'unsure' : null;
}

export interface KeeperParts {
  store: ReviewStore;
  /** Whether faces are kept, and how many at most. */
  settings: () => { on: boolean; most: number };
  /** The visit of a track, once it has one. */
  visitOf: (track: number) => string | null;
  onKept: () => void;
  /** Told once, until it works again, when a face cannot be written. */
  onFault: (message: string) => void;
}

export class Keeper {
  #variety: Variety;
  /** Looks of faces in view whose visit is not known yet. */
  readonly #waiting = new Map<number, Candidate[]>();
  /** When the last look of a track was taken, and how many were of a visit. */
  readonly #last = new Map<number, number>();
  readonly #ofVisit = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(private readonly parts: KeeperParts) {
    this.#variety = new Variety(parts.store.unlabelled());
  }

  look(look: SeenLook): void {
    if (!this.parts.settings().on) return;
    const reason = reasonOf(look);
    const isDue = reason !== null && (reason === 'changed' || this.#isTime(look));
    const quality = isDue ? look.quality() : 0;
    if (isDue && quality >= LEAST_QUALITY) {
      this.#last.set(look.track, look.at);
      const waiting = this.#waiting.get(look.track) ?? [];
      if (waiting.length < MOST_OF_A_VISIT)
        this.#waiting.set(look.track, [...waiting, { ...look, reason, quality, crop: look.crop() }]);
    }
    const visit = this.parts.visitOf(look.track);
    if (visit !== null) this.#commit(look.track, visit);
  }

  /** A face is not seen any more. Before its visit is forgotten. */
  left(track: number): void {
    const first = this.#waiting.get(track)?.[0];
    // One that never had a verdict is a visit of its own.
    if (first)
      this.#commit(track, this.parts.visitOf(track) ?? `${first.at.toString(36)}-t${track.toString(36)}`);
    this.#last.delete(track);
  }

  /** Labelled or deleted faces are not this one's to choose among any more. */
  refresh(): void {
    this.#variety = new Variety(this.parts.store.unlabelled());
  }

  /** Forgets what is not written yet. */
  forget(): void {
    this.#waiting.clear();
    this.#ofVisit.clear();
  }

  /** When all that was taken so far is written. */
  settled(): Promise<void> {
    return this.#work;
  }

  #isTime({ track, at }: SeenLook): boolean {
    return at - (this.#last.get(track) ?? -Infinity) >= APART;
  }

  #commit(track: number, visit: string): void {
    const looks = this.#waiting.get(track);
    if (looks === undefined) return;
    this.#waiting.delete(track);
    for (const look of looks) {
      const n = this.#ofVisit.get(visit) ?? 0;
      if (n >= MOST_OF_A_VISIT) continue;
      this.#ofVisit.set(visit, n + 1);
      if (this.#ofVisit.size > 1000) this.#ofVisit.delete(this.#ofVisit.keys().next().value!);
      this.#work = this.#work.then(() => this.#write(look, visit));
    }
  }

  async #write({ crop, size, ...look }: Candidate, visit: string): Promise<void> {
    const { settings, onKept, onFault } = this.parts;
    try {
      const found = signature({ width: size, height: size, data: crop });
      if (found === null) return;
      const own = invariants(found);
      if (this.#variety.isRepeated({ visit, signature: own })) return;
      const png = await sharp(crop, { raw: { width: size, height: size, channels: 3 } })
        .png()
        .toBuffer();
      // It may have been turned off meanwhile.
      if (!settings().on) return;
      const id = this.#keep({ ...look, visit, png, signature: own });
      this.#variety.add({ id, visit, signature: own });
      this.#makeRoom();
      this.#failing = false;
      onKept();
    } catch (error) {
      if (!this.#failing) onFault(`faces cannot be kept for review for now: ${(error as Error).message}`);
      this.#failing = true;
    }
  }

  /** On a full disk the new face takes the place of the oldest ones. @throws Error when that is not enough */
  #keep(face: NewFace): number {
    try {
      return this.parts.store.keep(face);
    } catch (error) {
      if (!isFull(error) || !this.parts.store.giveUp(GIVEN_UP)) throw error;
      this.refresh();
      return this.parts.store.keep(face);
    }
  }

  #makeRoom(): void {
    const { store, settings } = this.parts;
    while (store.size > settings().most) {
      const id = this.#variety.leastMissed();
      // What people labelled stays.
      if (id === null) return;
      store.delete([id]);
      this.#variety.remove(id);
    }
  }
}
