/**
 * One live page at work: the line to main, the camera and the watcher, wired together. Frames go to main, its
 * looks come back for the overlay, and once a second main learns what was measured. Holds what the components
 * show; draws nothing itself.
 */
import { untrack } from 'svelte';
import type {
  Counts,
  DeskEvent,
  LivePageFunctions,
  Look,
  Menu,
  MenuAction,
  Settings,
  SettingsPatch,
  Status,
  Track,
} from '../../src-main/api';
import type { Size } from '../../src-main/geometry';
import { connect, type Connection, type Main } from '../connection';
import { configurationOf, Watcher, type WatcherOptions } from '../vision/watcher';
import { Guard, NotUnlocked } from '../access.svelte';
import { text, usePageLanguage } from '../texts.svelte';
import { BannerPace, type Announcement } from './banner';
import { Camera } from './camera.svelte';
import { filmMedia } from './film-media';
import { BrowserSpeaker, Crier, type Speaker } from './crier';
import { DrawnAges, epochNow, ratesOf, type Rates } from './rates';
import { Troubles } from './troubles.svelte';

/** Main's newest answer, with the picture it is about. */
export interface Seen {
  tracks: Track[];
  /** The frame's size, which the boxes are measured in. */
  picture: Size;
  /** When the frame reached the page, in milliseconds since the epoch. */
  time: number;
}

const MEASURE_EVERY = 1000;
const BANNER_EVERY = 200;

/** A part of the desk, as main's event asks for it. */
export type Section = Extract<DeskEvent, { type: 'show' }>['section'];

/** What a session is made of; each part may be given by whoever drives the page without a camera or main. */
export interface SessionParts {
  connect: (functions: LivePageFunctions) => Connection<Main>;
  camera: Camera;
  watch: (options: WatcherOptions) => Pick<Watcher, keyof Watcher>;
  speaker: Speaker;
}

export class Session {
  readonly camera: Camera;
  readonly troubles = new Troubles();
  #offers = $state.raw<readonly string[]>([]);
  #settings = $state.raw<Settings | null>(null);
  #status = $state.raw<Status | null>(null);
  #counts = $state.raw<Counts>({ correct: 0, incorrect: 0, none: 0 });
  #connected = $state(false);
  #rates = $state.raw<Rates>({ cameraFps: 0, looksPerSecond: 0, behindMs: null });
  #announcement = $state<Announcement>(null);
  /** Verdicts in view as the page lists them; replaced only when one changes, not with every frame. */
  #faces = $state.raw<Pick<Track, 'id' | 'verdict'>[]>([]);
  #looking = $state(false);
  #refused = $state<string | null>(null);

  readonly #connection: Connection<Main>;
  readonly #watcher: Pick<Watcher, keyof Watcher>;
  readonly #pace = new BannerPace();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #stops: (() => void)[] = [];
  #seen: Seen | null = null;
  readonly #ages = new DrawnAges();
  /** Told of each new `seen`; the overlay starts drawing then. */
  onSeen: (seen: Seen) => void = () => undefined;
  /** Told which part of the desk is asked for. */
  onShow: (section: Section) => void = () => undefined;
  /** Told that the window is to be small in a corner, or as before. */
  onCompact: () => void = () => undefined;
  /** Told what was chosen in the tray, to be asked for with the PIN. */
  onChoose: (action: MenuAction) => void = () => undefined;
  readonly guard: Guard;
  readonly crier: Crier;
  #menu = $state.raw<Menu | null>(null);
  #sample = $state.raw<readonly Track[]>([]);
  #watching = false;
  /** The window's place as it was last told, as JSON. */
  #place = '';

  constructor(parts: Partial<SessionParts> = {}) {
    const watch = parts.watch ?? ((options) => new Watcher(options));
    const open = parts.connect ?? connect<LivePageFunctions>;
    this.camera = parts.camera ?? new Camera();
    this.crier = new Crier(parts.speaker ?? new BrowserSpeaker());
    this.#watcher = watch({
      onFrame: async (frame) => {
        const look = await this.#connection.main.look(frame);
        this.#take(look, frame);
        return look;
      },
      film: {
        part: (from) => this.main.film(from),
        ended: () => void this.#tell(this.main.filmEnded()),
      },
      onFault: (fault, restMs = 0) => {
        // Main being away is told by the line itself.
        if (fault.where === 'look' && !this.#connected) return;
        if (fault.where === 'detector') this.#looking = false;
        if (fault.where === 'look') this.#show([]);
        if (this.troubles.take(fault, restMs)) void this.#tell(this.#connection.main.fault(fault));
      },
    });
    this.#connection = open({
      settingsChanged: (settings) => this.#applySettings(settings),
      statusChanged: (status) => {
        this.#applyStatus(status);
      },
      happened: (event) => this.#happened(event),
    });
    this.guard = new Guard(this.main);
    this.#stops.push(
      this.#connection.onState((state) => {
        this.#connected = state === 'open';
        if (state === 'open') void this.#greet();
        else this.#show([]);
      }),
      // The watcher follows the camera's track and main hears of its state, whatever page is shown.
      $effect.root(() => {
        $effect(() => {
          const track = this.camera.track;
          untrack(() => {
            if (track) this.#watcher.start(track, this.#status?.source.film);
          });
        });
        $effect(() => {
          const state = this.camera.state;
          if (!this.#connected) return;
          void this.#tell(this.#connection.main.cameraChanged(state));
        });
        $effect(() => {
          if (this.camera.state.state !== 'running') untrack(() => this.#show([]));
        });
      }),
    );
    this.#timers.push(
      setInterval(() => this.#measure(), MEASURE_EVERY),
      setInterval(() => {
        this.#announce();
        this.#takeSample();
      }, BANNER_EVERY),
    );
  }

  /** Main's functions. */
  get main(): Main {
    return this.#connection.main;
  }
  /** The entries of the menu as they are now; null until main has told them. */
  get menu(): Menu | null {
    return this.#menu;
  }
  /** The faces in view with their probabilities, a few times a second. */
  get sample(): readonly Track[] {
    return this.#sample;
  }
  /** Names of main's functions that there are here. */
  get offers(): readonly string[] {
    return this.#offers;
  }
  get settings(): Settings | null {
    return this.#settings;
  }
  get status(): Status | null {
    return this.#status;
  }
  get counts(): Counts {
    return this.#counts;
  }
  get connected(): boolean {
    return this.#connected;
  }
  get rates(): Rates {
    return this.#rates;
  }
  get announcement(): Announcement {
    return this.#announcement;
  }
  get faces(): Pick<Track, 'id' | 'verdict'>[] {
    return this.#faces;
  }
  /** Frames are being looked at; not yet so while the detector loads. */
  get looking(): boolean {
    return this.#looking;
  }
  /** Why the last change of settings was not taken, as a sentence, or null. */
  get refused(): string | null {
    return this.#refused;
  }
  /** Main's newest answer; not reactive, it is for drawing. */
  get seen(): Seen | null {
    return this.#seen;
  }

  /** Changes settings in main; what main makes of them comes back and is shown. A refusal is in `refused`. */
  change = async (patch: SettingsPatch): Promise<void> => {
    try {
      this.#applySettings(await this.guard.run(() => this.main.changeSettings(patch)));
      this.#refused = null;
    } catch (error) {
      if (error instanceof NotUnlocked) return;
      this.#refused = text('settings.notSaved', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };

  /** The overlay drew the verdicts of the frame that arrived at `time`. */
  drawn(time: number): void {
    this.#ages.drawn(time);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const stop of this.#stops) stop();
    this.#watcher.stop();
    this.camera.stop();
    this.#connection.close();
  }

  async #greet(): Promise<void> {
    try {
      const start = await this.#connection.main.hello();
      this.#offers = start.offers;
      this.#counts = start.counts;
      this.troubles.noticed(...start.notices);
      this.#applySettings(start.settings);
      this.#applyStatus(start.status);
      if (this.#offers.includes('menu'))
        void this.#tell(this.main.menu().then((menu) => (this.#menu = menu)));
      if (this.#offers.includes('access')) void this.#tell(this.guard.refresh());
    } catch {
      // The line broke again meanwhile; the next `open` greets anew.
    }
  }

  #applySettings(settings: Settings): void {
    this.#settings = settings;
    usePageLanguage(settings.languages.pages);
    this.camera.choose(settings.camera);
    this.#configure();
  }

  /** A watch that is paused lets go of the camera: its light is out. */
  #applyStatus(status: Status): void {
    this.#status = status;
    this.#configure();
    const watching = status.paused === null;
    if (watching === this.#watching) return;
    this.#watching = watching;
    if (watching) this.camera.start(status.source.film && filmMedia(status.source.name));
    else {
      this.#watcher.stop();
      this.camera.stop();
      this.#show([]);
    }
  }

  #happened(event: DeskEvent): void {
    if (event.type === 'menu') this.#menu = event.menu;
    else if (event.type === 'access') this.guard.take(event.access);
    else if (event.type === 'notice') this.troubles.noticed(event.message);
    else if (event.type === 'show') this.onShow(event.section);
    else if (event.type === 'compact') this.onCompact();
    else if (event.type === 'choose') this.onChoose(event.action);
  }

  #configure(): void {
    if (this.#settings && this.#status) {
      this.#watcher.configure(configurationOf(this.#settings, this.#status));
    }
  }

  #take(look: Look, frame: { time: number; width: number; height: number }): void {
    this.troubles.looked();
    this.#looking = true;
    this.#counts = sameCounts(this.#counts, look.counts) ? this.#counts : look.counts;
    // An answer may come after its camera went: a picture that is no more has no faces.
    const tracks = this.camera.state.state === 'running' && this.#watching ? look.tracks : [];
    this.#show(tracks, { width: frame.width, height: frame.height }, frame.time);
  }

  #show(tracks: Track[], picture = this.#seen?.picture ?? { width: 0, height: 0 }, time = epochNow()): void {
    this.#seen = { tracks, picture, time };
    const faces = tracks.map(({ id, verdict }) => ({ id, verdict }));
    if (JSON.stringify(faces) !== JSON.stringify(this.#faces)) this.#faces = faces;
    this.#announce();
    this.onSeen(this.#seen);
  }

  #announce(): void {
    this.#announcement = this.#pace.update(
      this.#seen?.tracks.map((track) => track.verdict) ?? [],
      performance.now(),
    );
    if (this.#settings) this.crier.hear(this.#announcement, this.#settings, performance.now());
  }

  /** For those who look closely, a few times a second: with every frame it would cost. */
  #takeSample(): void {
    const tracks = this.#seen?.tracks ?? [];
    if (tracks.length > 0 || this.#sample.length > 0) this.#sample = tracks;
  }

  /** Where the window stands, for the next start; while it is not shown it stands nowhere. */
  #tellPlace(): void {
    if (document.visibilityState !== 'visible' || !this.#offers.includes('windowPlaced')) return;
    const place = { x: screenX, y: screenY, width: outerWidth, height: outerHeight };
    const now = JSON.stringify(place);
    if (now === this.#place || outerWidth < 1) return;
    this.#place = now;
    void this.#tell(this.main.windowPlaced(place));
  }

  #measure(): void {
    if (this.#connected) this.#tellPlace();
    const measured = this.#watcher.takeMeasurements();
    const ages = this.#ages.take();
    // A film waits for the detector and for whoever looks; it does not freeze.
    if (measured.cameraFrames > 0 || this.#status?.source.film) this.camera.frameArrived();
    this.#rates = ratesOf(measured, ages);
    if (this.#connected) void this.#tell(this.#connection.main.measured({ ...measured, ages }));
  }

  /** Main being away between two calls is no error of theirs: the line's state says it. */
  async #tell(told: Promise<unknown>): Promise<void> {
    try {
      await told;
    } catch (error) {
      if (this.#connected) console.warn('maskwatch:', error);
    }
  }
}

const sameCounts = (a: Counts, b: Counts): boolean =>
  a.correct === b.correct && a.incorrect === b.incorrect && a.none === b.none;
