/**
 * The page's side of seeing: gives a camera track to the vision worker, hands each looked-at frame to main (by
 * `onFrame`), and keeps the worker alive. The live page owns one. It knows the worker's messages and the
 * contract, and nothing of Svelte, the connection or the camera's choice.
 */
import type { FilmFacts, FilmPart, Fault, Frame, Look, Sample, Settings, Status } from '../../src-main/api';
import { inWords, Restarts } from '../../src-main/setup/restarts.mjs';
import type { FromWorker, ToWorker, WatchConfiguration } from './watch-messages';
import WatchWorker from './watch.worker?worker';

export type { WatchConfiguration } from './watch-messages';

/** What was measured since the last `takeMeasurements`; the live page adds `ages` and sends it to main. */
export interface WatchMeasurements {
  /** Camera frames that arrived. */
  cameraFrames: number;
  /** Frames that were looked at and answered by main. */
  frames: number;
  seconds: number;
  /** Milliseconds from a frame's turn to its finished crops, one a looked frame. */
  detectMs: number[];
}

export interface WatcherOptions {
  /**
   * Takes a frame to main and gives its answer. The next frame is sent only when the promise settles; when it
   * rejects, the frame is dropped and a fault reported, once until a frame goes through again.
   */
  onFrame: (frame: Frame) => Promise<Look>;
  /** Takes a whole picture that an answer asked for to main. */
  onSample?: (sample: Sample) => void;
  /** Gives pictures of the film that is played, and hears that all of it has been looked at. */
  film?: { part: (from: number | null) => Promise<FilmPart>; ended: () => void };
  /**
   * Something broke and is being dealt with; the message is for a person. Once per change, not per frame.
   * @param restMs milliseconds that are waited on purpose, as it broke again and again
   */
  onFault: (fault: Fault, restMs?: number) => void;
  /** The picture has stood still to the last pixel for 10 s, or moves. */
  onStill?: (still: boolean) => void;
}

/** Milliseconds between two tries to get pictures of a film while main is away. */
const MAIN_AWAY = 500;
/** Silence of a worker, in milliseconds, after which it counts as dead; it reports once a second when idle. */
const SILENCE = 8000;
/** Until the first frame: 11 MB of WebAssembly are compiled and warmed up; busy machines may need this long. */
const LOAD_SILENCE = 60_000;
/** Milliseconds before the first restarts in a row: a worker that has just crashed gives back its memory first. */
const QUICK = [250, 1000, 2000, 4000, 8000];

/** Faults of the camera, which is watched on meanwhile. */
export const DARK = 'the picture is black: is the lens covered, or the light off?';
const LIGHT = 'the picture is not black any more';

export const configurationOf = (
  settings: Settings,
  { model, pipeline }: Pick<Status, 'model' | 'pipeline'>,
): WatchConfiguration => ({
  reach: settings.reach,
  region: settings.region,
  detectorThreshold: settings.detectorThreshold,
  cropSize: model.inputSize,
  cropMargin: model.cropMargin,
  oneShot: pipeline.takes,
});

export class Watcher {
  readonly #options: WatcherOptions;
  #configuration: WatchConfiguration | undefined;
  #track: MediaStreamTrack | undefined;
  /** The film that is played, and the screen it is shown on, in place of a track's own frames. */
  #film: { facts: FilmFacts; screen: WritableStreamDefaultWriter<VideoFrame> } | undefined;
  #worker: Worker | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #restarts = new Restarts(undefined, QUICK);
  /** This worker has looked at a frame, so its detector is loaded. */
  #loaded = false;
  #nextId = 0;
  #lookFailing = false;
  #measured: WatchMeasurements = { cameraFrames: 0, frames: 0, seconds: 0, detectMs: [] };
  #measuredSince = performance.now();

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Where to look and how to cut; takes effect with the next frame. Nothing is looked at before the first call. */
  configure(configuration: WatchConfiguration): void {
    this.#configuration = { ...configuration };
    this.#post({ type: 'configure', configuration: this.#configuration });
  }

  /**
   * Watches a live video track, in place of the one before it if there was one. The caller stops the track.
   * @param film plays it onto the track, which is one that is generated
   */
  start(track: MediaStreamTrack, film?: FilmFacts): void {
    this.#track = track;
    this.#film =
      film && track instanceof MediaStreamTrackGenerator
        ? { facts: film, screen: track.writable.getWriter() }
        : undefined;
    if (this.#worker) this.#sendTrack();
    else this.#spawn();
  }

  /** Stops looking and frees the worker. `start` begins anew. */
  stop(): void {
    this.#track = undefined;
    this.#restarts = new Restarts(undefined, QUICK);
    this.#kill();
  }

  takeMeasurements(): WatchMeasurements {
    const now = performance.now();
    const taken = { ...this.#measured, seconds: (now - this.#measuredSince) / 1000 };
    this.#measured = { cameraFrames: 0, frames: 0, seconds: 0, detectMs: [] };
    this.#measuredSince = now;
    return taken;
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #spawn(): void {
    const worker = new WatchWorker({ name: 'vision' });
    this.#worker = worker;
    this.#loaded = false;
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.#heard(worker, event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#failed(worker, event.message || 'the worker could not be loaded');
    };
    this.#expectSign(worker, LOAD_SILENCE);
    if (this.#configuration) this.#post({ type: 'configure', configuration: this.#configuration });
    this.#sendTrack();
  }

  #sendTrack(): void {
    const track = this.#track;
    // A track that ended meanwhile has no frames to give; its owner hears `ended` and calls start with another.
    if (track?.readyState !== 'live') return;
    if (this.#film) {
      this.#post({ type: 'film', facts: this.#film.facts });
      return;
    }
    try {
      const { readable } = new MediaStreamTrackProcessor({ track });
      this.#post({ type: 'frames', frames: readable }, [readable]);
    } catch (error) {
      this.#options.onFault({ where: 'detector', message: `the camera's frames cannot be read: ${error}` });
    }
  }

  #heard(worker: Worker, message: FromWorker): void {
    if (worker !== this.#worker) return;
    this.#loaded ||= message.type === 'frame';
    this.#expectSign(worker, this.#loaded ? SILENCE : LOAD_SILENCE);
    switch (message.type) {
      case 'alive':
        this.#measured.cameraFrames += message.cameraFrames;
        return;
      case 'frame':
        this.#measured.cameraFrames += message.cameraFrames;
        this.#measured.detectMs.push(message.detectMs);
        void this.#look(worker, { ...message.frame, id: this.#nextId++ });
        return;
      case 'sample':
        this.#options.onSample?.(message.sample);
        return;
      case 'noSample':
        this.#options.onFault({
          where: 'sample',
          message: `no whole pictures can be kept for review: ${message.message}`,
        });
        return;
      case 'dark':
        this.#options.onFault({ where: 'camera', message: message.dark ? DARK : LIGHT });
        return;
      case 'still':
        this.#options.onStill?.(message.still);
        return;
      case 'wants':
        void this.#bring(worker, message.from);
        return;
      case 'show':
        this.#show(message.frame);
        return;
      case 'unreadable':
        this.#options.onFault({
          where: 'film',
          message: `frame ${message.index + 1} cannot be decoded and is passed over`,
        });
        return;
      case 'filmEnded':
        this.#options.film?.ended();
        return;
      case 'failed':
        this.#failed(worker, message.message);
        return;
      default:
        message satisfies never;
    }
  }

  async #look(worker: Worker, frame: Frame): Promise<void> {
    let sample = false;
    try {
      sample = (await this.#options.onFrame(frame)).sample === true;
      this.#measured.frames += 1;
      this.#lookFailing = false;
    } catch (error) {
      if (!this.#lookFailing) {
        this.#options.onFault({
          where: 'look',
          message: error instanceof Error ? error.message : `${error}`,
        });
      }
      this.#lookFailing = true;
    }
    if (worker === this.#worker) this.#post({ type: 'looked', sample });
  }

  /** Brings the film's next pictures; main may be away for a while. */
  async #bring(worker: Worker, from: number | null): Promise<void> {
    while (worker === this.#worker && this.#options.film) {
      try {
        this.#post({ type: 'pictures', part: await this.#options.film.part(from) });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, MAIN_AWAY));
      }
    }
  }

  #show(frame: VideoFrame): void {
    const screen = this.#film?.screen;
    // A screen that is behind misses this one.
    if (!screen || !((screen.desiredSize ?? 0) > 0)) frame.close();
    else screen.write(frame).catch(() => frame.close());
  }

  #expectSign(worker: Worker, within: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(
      () => this.#failed(worker, `no sign of life for ${within / 1000} seconds`),
      within,
    );
  }

  #failed(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#kill();
    const wait = this.#restarts.next();
    const message = `${reason}; starting it again in ${inWords(wait)}`;
    if (this.#restarts.backsOff) this.#options.onFault({ where: 'detector', message }, wait);
    else this.#options.onFault({ where: 'detector', message });
    this.#restart = setTimeout(() => this.#spawn(), wait);
  }

  #kill(): void {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#restart);
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
