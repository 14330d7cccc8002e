/**
 * The watch itself: frames in, tracks with verdicts out. Joins classifier, tracker and policy, counts each face
 * once, says when a verdict settles, and keeps the figures of the summary. One per camera stream.
 */
import { EventEmitter } from 'node:events';
import {
  thresholdOf,
  type Counts,
  type Frame,
  type Look,
  type Measurements,
  type Probabilities,
  type Settings,
  type Summary,
  type Track,
  type Verdict,
  type VerdictEvent,
} from '../api';
import { judge } from './both-ways';
import type { Classifier } from './classifier';
import { StreamClock } from './clock';
import { faceCrops } from './face-crops';
import { Figures } from './figures';
import type { Judged, Pipeline } from './pipeline';
import { Consensus } from './policy';
import { lookQuality, SHARP } from './quality';
import { Tracker, UNSEEN_MS, type Followed } from './tracker';
import type { Departure } from './visits';

/** A track counts as a face in the summary once it was found in this many frames, or has a verdict. */
const FACE_SIGHTINGS = 3;
/** A face whose verdict has settled may be this much smaller than `minFacePixels` before its looks are worth nothing. */
const SMALLER = 0.85;

/** Milliseconds; a page that took longer to look at its first frame was away. */
const LONGEST_LEAD = 60_000;

export interface MonitorParts {
  /** The classifier that runs now. */
  classifier: () => Pick<Classifier, 'card' | 'classify' | 'provider'> & Partial<Pick<Classifier, 'why'>>;
  /** The settings as they are now. */
  settings: () => Settings;
  /** The pipeline that runs now; two stages where none is given. */
  pipeline?: () => Pick<Pipeline, 'takes' | 'judge' | 'model' | 'status'>;
}

/** A look at a face. */
export interface SeenLook {
  track: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** Side of the crop in pixels. */
  size: number;
  /** Copies the crop: size×size×3 bytes, RGB. */
  crop: () => Uint8Array;
  /** Of this look alone. */
  probabilities: Probabilities;
  /** What the look is worth with the crop as it is, 0 to 1; in one-shot the crop is cut for it. */
  quality: () => number;
  /** Name of the network that judged. */
  model: string;
  /** What is shown of the face. */
  verdict: Verdict;
  /** Whether this look changed it from one class to another. */
  changed: boolean;
}

interface Watched {
  consensus: Consensus;
  /** Its first look. Milliseconds of the stream's clock. */
  since: number;
  /** Whether it is in the summary's count of faces. */
  counted: boolean;
}

/**
 * `verdict`: a verdict has settled, for the first time or on another class. `gone`: a face that had one is not seen
 * any more. `seen`: a look at a face, of any worth. `left`: a face is not seen any more, whether or not it had a verdict.
 */
export class Monitor extends EventEmitter<{
  verdict: [VerdictEvent];
  gone: [Departure];
  seen: [SeenLook];
  left: [track: number];
}> {
  /** What follows faces and weighs looks goes by it: a film's own time where every frame of it is looked at. */
  readonly #clock = new StreamClock();
  /** When frames came. */
  readonly #arrivals = new StreamClock();
  readonly #tracker = new Tracker();
  readonly #watched = new Map<number, Watched>();
  readonly #figures = new Figures();
  /** When the camera began, and by how much it was ahead of the first frame that was looked at, in milliseconds. */
  #started: number | null = null;
  #lead: number | null = null;
  readonly #counts: Counts = { correct: 0, incorrect: 0, none: 0 };

  constructor(private readonly parts: MonitorParts) {
    super();
  }

  /** Faces counted once each, by their latest settled verdict, since the start. */
  get counts(): Counts {
    return { ...this.#counts };
  }

  /** What is known without looking at a frame. */
  asItIs(id: number): Look {
    return { id, tracks: this.#tracks(), counts: this.counts };
  }

  /**
   * Looks at a frame. A late or repeated one changes nothing and gets the tracks as they are.
   * @param filmTime milliseconds since the film's beginning, where its own time counts
   * @throws Error when its crops are not one of the model's size for each face, when its time is no date, or
   *   when the classifier fails on CPU
   */
  async look(frame: Frame, filmTime?: number): Promise<Look> {
    const pipeline = this.parts.pipeline?.();
    // Made for the pipeline before a change, it says nothing to this one.
    if (pipeline && !pipeline.takes(frame)) return this.asItIs(frame.id);
    const { detectorThreshold } = this.parts.settings();
    const judged = (await pipeline?.judge(frame, detectorThreshold)) ?? (await this.#classify(frame));
    // From here on nothing waits: frames are taken in whole, in the order they came.
    this.#arrivals.advance(frame.time);
    const time = this.#clock.advance(filmTime ?? frame.time);
    if (filmTime !== undefined) this.#lead ??= 0;
    if (time !== null) this.#takeIn(frame, time, judged);
    return this.asItIs(frame.id);
  }

  /** The second of two stages: the page has found the faces and sent their crops. */
  async #classify(frame: Frame): Promise<Judged> {
    const { faces, crops } = frame;
    const classifier = this.parts.classifier();
    const { card } = classifier;
    const { size } = card.input;
    const bytes = faces.length * size * size * 3;
    if (crops.length !== bytes)
      throw new Error(
        `frame ${frame.id} has ${crops.length} bytes of crops; ${faces.length} faces of ${size}×${size}×3 are ${bytes}`,
      );
    const probabilities = await judge(classifier, crops, faces.length);
    const { sharp } = faceCrops(frame, faces, card);
    return {
      model: card.name,
      faces,
      probabilities,
      sharp: faces.map((_, i) => sharp(i)),
      unsureBelow: card.unsure?.below,
    };
  }

  /**
   * Tells when the camera began to run (milliseconds since the epoch): verdicts count their seconds from there, also
   * when the detector was still loading then. Only the first time counts, and only before the first frame.
   */
  cameraStarted(at: number): void {
    this.#started ??= at;
  }

  /** Takes in what the page measured since it last told. */
  measured(measurements: Measurements): void {
    this.#figures.measured(measurements);
  }

  /** The figures so far. */
  summary(): Summary {
    const pipeline = this.parts.pipeline?.();
    const figures = { ...this.#figures.summary(this.#arrivals.watched), verdicts: this.counts };
    // One network does it all, on CPU; the classifier is there, but has nothing to do.
    if (pipeline?.model)
      return {
        type: 'summary',
        ...figures,
        provider: 'cpu',
        model: pipeline.model,
        why: pipeline.status.reason,
      };
    const { provider, card, why } = this.parts.classifier();
    return {
      type: 'summary',
      ...figures,
      provider: provider.name,
      model: card.name,
      why: [why, provider.reason].filter(Boolean).join('; '),
    };
  }

  #takeIn(frame: Frame, time: number, judged: Judged): void {
    const { faces, probabilities, sharp, unsureBelow } = judged;
    this.#figures.frames++;
    this.#started ??= frame.time;
    this.#lead ??= Math.min(LONGEST_LEAD, Math.max(0, frame.time - this.#started));
    const settings = this.parts.settings();
    const verdictThreshold = thresholdOf(settings.verdictThreshold, unsureBelow);
    const picture = { width: frame.width, height: frame.height };
    const { of, ended } = this.#tracker.update({ faces, regions: frame.regions, picture, time });
    for (const track of ended) {
      // Where no frame came for long, it went soon after it was last seen, and not as the next one came.
      const late = Math.max(0, time - track.seen - UNSEEN_MS);
      this.#leave(track, frame.time - late, time - late);
    }
    const crops = faceCrops(frame, faces, this.parts.classifier().card);
    for (const [i, track] of of.entries()) {
      if (!track) continue;
      const watched = this.#watch(track, time);
      const { consensus } = watched;
      const minPixels = settings.minFacePixels * (consensus.settled === null ? 1 : SMALLER);
      const quality = lookQuality(faces[i]!, sharp?.[i] ?? SHARP, minPixels);
      const before = consensus.settled;
      const look = { time, probabilities: probabilities[i]!, quality };
      const settled = consensus.look(look, { ...settings, verdictThreshold });
      if (!watched.counted && (track.sightings >= FACE_SIGHTINGS || settled)) {
        watched.counted = true;
        this.#figures.faces++;
      }
      if (settled) this.#settle(track, watched, before, frame.time, time);
      const { verdict } = consensus;
      this.emit('seen', {
        track: track.id,
        at: frame.time,
        size: crops.side,
        crop: () => crops.cut(i),
        probabilities: probabilities[i]!,
        quality: () => (sharp ? quality : lookQuality(faces[i]!, crops.sharp(i), minPixels)),
        model: judged.model,
        verdict,
        changed: settled && before !== null,
      });
    }
  }

  #watch(track: Followed, time: number): Watched {
    let watched = this.#watched.get(track.id);
    if (!watched) {
      watched = { consensus: new Consensus(), since: time, counted: false };
      this.#watched.set(track.id, watched);
    }
    return watched;
  }

  #settle(
    track: Followed,
    { consensus, since }: Watched,
    before: Consensus['settled'],
    at: number,
    time: number,
  ): void {
    const verdict = consensus.settled!;
    if (before) this.#counts[before]--;
    this.#counts[verdict]++;
    this.emit('verdict', {
      type: 'verdict',
      at: new Date(at).toISOString(),
      seconds: Math.round(time + (this.#lead ?? 0)) / 1000,
      track: track.id,
      verdict,
      before,
      probabilities: consensus.probabilities,
      looks: consensus.looks,
      box: track.box,
      waitMs: Math.round(time - since),
    });
  }

  #leave({ id, box }: Followed, at: number, time: number): void {
    const watched = this.#watched.get(id);
    this.#watched.delete(id);
    this.emit('left', id);
    if (watched && watched.consensus.settled !== null)
      this.emit('gone', { track: id, at, box, lasted: time - watched.since });
  }

  #tracks(): Track[] {
    return this.#tracker.tracks
      .filter((track) => track.confirmed)
      .map(({ id, box }) => {
        const { verdict, probabilities, looks } = this.#watched.get(id)!.consensus;
        return { id, box, verdict, probabilities, looks };
      });
  }
}
