/**
 * One live page at work: the line to main, the camera and the watcher, wired together. Frames go to main, its
 * looks come back for the overlay, and once a second main learns what was measured. Holds what the components
 * show; draws nothing itself.
 */
import { untrack } from 'svelte';
import type { Counts, LivePageFunctions, Look, Settings, Start, Status } from '../../src-main/api';
import { connect, type Connection } from '../connection';
import { PageSession } from '../page-session.svelte';
import { configurationOf, Watcher, type WatcherOptions } from '../vision/watcher';
import { Camera } from './camera.svelte';
import { filmMedia } from './film-media';
import { BrowserSpeaker, Crier, type Speaker } from './crier';
import { DrawnAges, ratesOf, type Rates } from './rates';
import { Sight } from './sight.svelte';
import { Troubles } from './troubles.svelte';
import { WindowPlace } from './window-place';

const MEASURE_EVERY = 1000;
const BANNER_EVERY = 200;

/** What a session is made of; each part may be given by whoever drives the page without a camera or main. */
export interface SessionParts {
  connect: (functions: LivePageFunctions) => Connection;
  camera: Camera;
  watch: (options: WatcherOptions) => Pick<Watcher, keyof Watcher>;
  speaker: Speaker;
}

export class Session extends PageSession {
  readonly camera: Camera;
  readonly troubles = new Troubles();
  readonly crier: Crier;
  readonly sight: Sight;
  #counts = $state.raw<Counts>({ correct: 0, incorrect: 0, none: 0 });
  #rates = $state.raw<Rates>({ cameraFps: 0, looksPerSecond: 0, behindMs: null });
  #looking = $state(false);
  #watching = false;

  readonly #watcher: Pick<Watcher, keyof Watcher>;
  readonly #ages = new DrawnAges();
  readonly #place = new WindowPlace((place) => void this.tell(this.main.windowPlaced(place)));
  readonly #timers: ReturnType<typeof setInterval>[];
  readonly #stopEffects: () => void;

  constructor(parts: Partial<SessionParts> = {}) {
    super(parts.connect ?? connect<LivePageFunctions>);
    const watch = parts.watch ?? ((options) => new Watcher(options));
    this.camera = parts.camera ?? new Camera();
    this.crier = new Crier(parts.speaker ?? new BrowserSpeaker());
    this.sight = new Sight(this.crier, () => this.settings);
    this.#watcher = watch({
      onFrame: async (frame) => {
        const look = await this.main.look(frame);
        this.#take(look, frame);
        return look;
      },
      onSample: (sample) => void this.tell(this.main.sampled(sample)),
      film: {
        part: (from) => this.main.film(from),
        ended: () => void this.tell(this.main.filmEnded()),
      },
      onFault: (fault, restMs = 0) => {
        // Main being away is told by the line itself.
        if (fault.where === 'look' && !this.connected) return;
        if (fault.where === 'detector') this.#looking = false;
        if (fault.where === 'look') this.sight.show([]);
        if (this.troubles.take(fault, restMs)) void this.tell(this.main.fault(fault));
      },
      onStill: (still) => {
        // A film may stand still as long as it likes.
        if (this.status?.source.kind === 'camera') this.camera.standsStill(still);
      },
    });
    this.on((event) => {
      if (event.type === 'notice') this.troubles.noticed(event.message);
    });
    this.#stopEffects = $effect.root(() => {
      this.#follow();
    });
    this.#timers = [
      setInterval(() => {
        this.#measure();
      }, MEASURE_EVERY),
      setInterval(() => {
        this.sight.tick();
      }, BANNER_EVERY),
    ];
    this.start();
  }

  get counts(): Counts {
    return this.#counts;
  }
  get rates(): Rates {
    return this.#rates;
  }
  /** Frames are being looked at; not yet so while the detector loads. */
  get looking(): boolean {
    return this.#looking;
  }

  /** The overlay drew the verdicts of the frame that arrived at `time`. */
  drawn(time: number): void {
    this.#ages.drawn(time);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#stopEffects();
    this.#watcher.stop();
    this.camera.stop();
    this.close();
  }

  protected override lineChanged(): void {
    if (!this.connected) this.sight.show([]);
  }

  protected override greeted(start: Start): void {
    this.#counts = start.counts;
    this.troubles.noticed(...start.notices);
  }

  protected override settingsHold(settings: Settings): void {
    this.camera.choose(settings.camera);
    this.#configure();
  }

  /** A watch that is paused lets go of the camera: its light is out. */
  protected override statusHolds(status: Status): void {
    this.#configure();
    const watching = status.paused === null;
    if (watching === this.#watching) return;
    this.#watching = watching;
    if (watching) this.camera.start(status.source.film && filmMedia(status.source.name));
    else {
      this.#watcher.stop();
      this.camera.stop();
      this.sight.show([]);
    }
  }

  /** The watcher follows the camera's track and main hears of its state, whatever page is shown. */
  #follow(): void {
    $effect(() => {
      const track = this.camera.track;
      untrack(() => {
        if (track) this.#watcher.start(track, this.status?.source.film);
      });
    });
    $effect(() => {
      const state = this.camera.state;
      if (this.connected) void this.tell(this.main.cameraChanged(state));
    });
    $effect(() => {
      if (this.camera.state.state !== 'running') untrack(() => this.sight.show([]));
    });
  }

  #configure(): void {
    const { settings, status } = this;
    if (settings && status) this.#watcher.configure(configurationOf(settings, status));
  }

  #take(look: Look, frame: { time: number; width: number; height: number }): void {
    this.troubles.looked();
    this.#looking = true;
    this.#counts = sameCounts(this.#counts, look.counts) ? this.#counts : look.counts;
    // An answer may come after its camera went: a picture that is no more has no faces.
    const tracks = this.camera.state.state === 'running' && this.#watching ? look.tracks : [];
    this.sight.show(tracks, { width: frame.width, height: frame.height }, frame.time);
  }

  #measure(): void {
    if (this.connected && this.offers?.includes('windowPlaced')) this.#place.look();
    const measured = this.#watcher.takeMeasurements();
    const ages = this.#ages.take();
    // A film waits for the detector and for whoever looks; it does not freeze.
    if (measured.cameraFrames > 0 || this.status?.source.film) this.camera.frameArrived();
    this.#rates = ratesOf(measured, ages);
    if (this.connected) void this.tell(this.main.measured({ ...measured, ages }));
  }
}

const sameCounts = (a: Counts, b: Counts): boolean =>
  a.correct === b.correct && a.incorrect === b.incorrect && a.none === b.none;
