/**
 * What is in view: main's newest answer for the overlay, and what is made of it for people, who read no faster than a
 * few times a second: the list of faces, the banner's words and what is heard with them.
 */
import type { Settings, Track, Verdict } from '../../src-main/api';
import type { Size } from '../../src-main/geometry';
import { BannerPace, type Announcement } from './banner';
import type { Crier } from './crier';
import { epochNow } from './rates';

/** Main's newest answer, with the picture it is about. */
export interface Seen {
  tracks: Track[];
  /** The frame's size, which the boxes are measured in. */
  picture: Size;
  /** When the frame reached the page, in milliseconds since the epoch. */
  time: number;
}

export class Sight {
  #seen: Seen | null = null;
  /** Verdicts in view as the page lists them; replaced only when one changes, not with every frame. */
  #faces = $state.raw<{ id: number; verdict: Verdict }[]>([]);
  #sample = $state.raw<readonly Track[]>([]);
  #announcement = $state<Announcement>(null);
  readonly #pace = new BannerPace();
  /** Told of each new `seen`; the overlay starts drawing then. */
  onSeen: (seen: Seen) => void = () => undefined;

  /** @param settings as they hold now; null until they are known */
  constructor(
    private readonly crier: Crier,
    private readonly settings: () => Settings | null,
  ) {}

  /** Main's newest answer; not reactive, it is for drawing. */
  get seen(): Seen | null {
    return this.#seen;
  }
  get faces(): { id: number; verdict: Verdict }[] {
    return this.#faces;
  }
  /** The faces with their probabilities, a few times a second: with every frame it would cost. */
  get sample(): readonly Track[] {
    return this.#sample;
  }
  get announcement(): Announcement {
    return this.#announcement;
  }

  show(tracks: Track[], picture = this.#seen?.picture ?? { width: 0, height: 0 }, time = epochNow()): void {
    this.#seen = { tracks, picture, time };
    const faces = tracks.map(({ id, verdict }) => ({ id, verdict }));
    if (JSON.stringify(faces) !== JSON.stringify(this.#faces)) this.#faces = faces;
    this.#announce();
    this.onSeen(this.#seen);
  }

  /** A few times a second: what is said may be another by time alone. */
  tick(): void {
    this.#announce();
    const tracks = this.#seen?.tracks ?? [];
    if (tracks.length > 0 || this.#sample.length > 0) this.#sample = tracks;
  }

  #announce(): void {
    const now = performance.now();
    const verdicts = this.#seen?.tracks.map((track) => track.verdict) ?? [];
    this.#announcement = this.#pace.update(verdicts, now);
    const settings = this.settings();
    if (settings) this.crier.hear(this.#announcement, settings, now);
  }
}
