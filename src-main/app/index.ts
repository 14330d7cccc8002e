/**
 * The app, built once for whichever host: settings, classifier, monitor, desk, and the pages that are connected.
 * Hosts bring it lines to pages and listen to its events. Imports neither electron nor ws.
 */
import { EventEmitter } from 'node:events';
import { dirname, join } from 'node:path';
import {
  ELSEWHERE,
  type DeskEvent,
  type Frame,
  type LivePageFunctions,
  type Look,
  type MainFunctions,
  type Menu,
  type MenuAction,
  type Settings,
  type SettingsPatch,
  type Start,
  type Status,
  type Summary,
} from '../api';
import { AccessControl } from '../access';
import { Desk } from '../desk';
import { startNodeProcess } from '../jobs/process';
import { liveRate } from '../watch/figures';
import type { NotWatching } from '../outputs/webhook-message';
import { Reception, tellAccess, type LivePage, type WindowKind } from '../reception';
import { serveMain, type Channel, type Offered } from '../rpc';
import { Registry } from '../store/registry';
import { WindowPlaces } from '../store/window-places';
import { Monitor } from '../watch/monitor';

import { ConnectedPages, type ServedPage } from './connected';
import { Judges } from './judges';
import type { AppEvents, AppOptions } from './options';
import { Presence } from './presence';
import { ShownFilm } from './shown-film';

export type { AppEvents, AppOptions, ServedPage };

const NO_WINDOW: Status['window'] = { modes: [], frameless: false };

export class App extends EventEmitter<AppEvents> {
  readonly #pages = new ConnectedPages();
  readonly #presence = new Presence();
  readonly #film: ShownFilm | null;
  readonly #monitor: Monitor;
  readonly #desk: Desk;
  readonly #reception: Reception;
  /** Names of the functions that pages may call. */
  readonly #offers: readonly string[];
  #overrides: Partial<Settings>;
  #source: Status['source'];

  private constructor(
    private readonly options: AppOptions,
    registry: Registry,
    private readonly judges: Judges,
    access: AccessControl<LivePage>,
    /** Where the live window was. */
    readonly places: WindowPlaces,
  ) {
    super();
    this.#overrides = { ...options.overrides };
    for (const notice of [options.settings.notice, access.notice])
      if (notice !== null) this.#pages.remember(notice);
    this.#film = options.film ? new ShownFilm(options.film) : null;
    this.#source = { ...options.source, ...(this.#film && { film: this.#film.facts }) };
    this.#monitor = new Monitor({
      classifier: () => this.judges.student.classifier,
      settings: () => this.settings,
      pipeline: () => this.judges.pipeline,
    });
    const folder = dirname(options.settings.path);
    this.#desk = new Desk({
      version: options.version,
      folder,
      registry,
      model: judges.student,
      detector: judges.detector,
      onCompared: () => {
        judges.reconsider(this.settings);
      },
      startProcess: options.startProcess ?? startNodeProcess,
      settings: () => this.settings,
      notWatching: () => this.notWatching,
      tell: (event) => {
        this.#tell(event);
      },
    });
    this.#reception = new Reception({
      access,
      version: options.version,
      host: options.host ?? 'browser',
      window: () => this.window,
      places,
      folder,
      today: () => this.#desk.today(),
      jobs: () => this.#desk.jobs,
      pages: () => this.#pages.all,
      ready: () => this.#desk.ready,
      begin: (kind) => this.#desk.begin(kind),
      onNotice: (message) => {
        this.notice(message);
      },
      livePage: () => this.#pages.live,
      onPause: () => {
        this.#tellStatus();
      },
      onMenu: (menu) => {
        this.emit('menu', menu);
        this.#tell({ type: 'menu', menu });
      },
      onShow: (section) => this.emit('show', section),
      onCompact: () => this.emit('compact'),
      ...(options.window?.frameless && { onWindowOrder: (order) => this.emit('windowOrder', order) }),
      onQuit: () => this.emit('quit'),
    });
    // Only their names are asked for: no page calls these.
    this.#offers = Object.keys(
      this.#all(() => {
        throw new Error('there is no page');
      }),
    );
    this.#monitor.on('verdict', (event) => {
      this.emit('verdict', event);
      this.#desk.settled(event);
    });
    this.#monitor.on('seen', (look) => {
      this.#desk.seen(look);
    });
    // Before `gone`, with which its visit is forgotten.
    this.#monitor.on('left', (track) => {
      this.#desk.left(track);
    });
    this.#monitor.on('gone', (departure) => {
      this.#desk.gone(departure);
    });
  }

  /** @throws Error in one sentence when the model or the asked-for provider cannot be used */
  static async open(options: AppOptions): Promise<App> {
    const folder = dirname(options.settings.path);
    const registry = new Registry(join(folder, 'models'), options.model);
    const access = await AccessControl.open<LivePage>({
      path: join(folder, 'access.json'),
      lockMinutes: () => options.settings.current.access.lockMinutes,
      onChange: tellAccess,
    });
    const places = await WindowPlaces.open(join(folder, 'window.json'));
    // The judges speak of themselves while they are being opened, when there is no app yet to be told.
    const told: { app?: App } = {};
    const early: string[] = [];
    const judges = await Judges.open(options, registry, {
      onChange: (isOtherModel) => {
        if (told.app) told.app.#judgeChanged(isOtherModel);
      },
      onPipeline: () => {
        if (told.app) told.app.#tellStatus();
      },
      onNotice: (message) => {
        if (told.app) told.app.notice(message);
        else early.push(message);
      },
      onFault: (message) => told.app?.emit('fault', message),
    });
    const app = (told.app = new App(options, registry, judges, access, places));
    for (const message of early) app.notice(message);
    return app;
  }

  /** The settings as they hold now. */
  get settings(): Settings {
    // A file has its own picture: the camera chosen for this door is not in it.
    const camera = this.#source.kind === 'camera' ? {} : { camera: null };
    return { ...this.options.settings.current, ...camera, ...this.#overrides };
  }

  get status(): Status {
    const { card, provider, why } = this.judges.student.classifier;
    return {
      version: this.options.version,
      source: this.#source,
      model: {
        name: card.name,
        inputSize: card.input.size,
        cropMargin: card.cropMargin,
        ...(why !== null && { why }),
        ...(card.unsure && { unsureBelow: card.unsure.below }),
      },
      provider,
      pipeline: this.judges.pipeline.status,
      paused: this.#reception.paused,
      keepsFaces: this.settings.privacy.review,
      keepsFrames: this.#desk.keepsFrames,
      host: this.options.host ?? 'browser',
      window: this.options.window ?? NO_WINDOW,
      startsWithComputer: this.options.startWithComputer !== undefined,
    };
  }

  /** How the live window is open: by that its place is kept. */
  get window(): WindowKind {
    if (!this.options.window) return 'headless';
    return this.settings.windowMode === 'kiosk' ? 'kiosk' : 'app';
  }

  /** Sentences of what had to be dealt with, the newest last. */
  get notices(): readonly string[] {
    return this.#pages.notices;
  }

  /** Tells the log and every page, now and when it comes up, of what had to be dealt with. */
  notice(message: string): void {
    this.#tell({ type: 'notice', message });
  }

  summary(): Summary {
    const watched = this.#monitor.summary();
    return this.#film?.summary(watched) ?? watched;
  }

  /** Why nobody is watched now; null while it watches. */
  get notWatching(): NotWatching | null {
    return this.#presence.notWatching(this.#reception.paused !== null, this.#pages.live !== undefined);
  }

  /** Says what the picture is of from now on. */
  setSource(source: Status['source']): void {
    this.#source = source;
    this.#tellStatus();
  }

  /** Serves a page until its line closes. The newest live page is the one that watches. */
  serve(channel: Channel, name: ServedPage = 'live'): void {
    const page: LivePage = serveMain<LivePageFunctions>(
      this.#reception.guard(
        this.#all(() => page),
        () => page,
      ),
      channel,
      (reason) => this.emit('fault', `refused: ${reason}`),
    );
    const leave = this.#pages.add(page, name);
    channel.onClose(() => {
      const wasLast = leave();
      this.#reception.forget(page);
      if (wasLast) this.emit('alone');
    });
  }

  async close(): Promise<void> {
    this.#pages.close();
    await this.#reception.close();
    await this.#desk.restFromLooking();
    await this.judges.close();
    await this.#desk.close();
  }

  /** Something was chosen outside of any page, in the tray: what the PIN guards, a live page asks for first. */
  choose(action: MenuAction): void {
    this.#reception.choose(action);
  }

  /** What can be chosen now. */
  get menu(): Menu {
    return this.#reception.menu;
  }

  /** Whether only who knows the PIN may quit. */
  get guarded(): boolean {
    return this.#reception.guarded;
  }

  /** What a page may call, locked or not. */
  #all(page: () => LivePage): Partial<Offered<MainFunctions>> {
    return {
      ...this.#desk.functions(),
      ...this.#reception.functions(page),
      jobs: () => {
        this.#reception.looked();
        return this.#desk.jobs.jobs();
      },
      hello: (): Start => ({
        offers: [...this.#offers],
        notices: [...this.#pages.notices],
        settings: this.settings,
        status: this.status,
        counts: this.#monitor.counts,
      }),
      look: (frame) => this.#look(frame, page()),
      sampled: (sample) => {
        if (this.#watches(page()) && this.#reception.paused === null) this.#desk.sampled(sample);
      },
      cameraChanged: (state) => {
        this.emit('alive');
        this.#presence.cameraChanged(state);
        if (state.state === 'running') this.#monitor.cameraStarted(Date.now());
        if (
          this.#source.kind === 'camera' &&
          state.state === 'running' &&
          state.label !== this.#source.name
        ) {
          this.setSource({ kind: 'camera', name: state.label });
        }
        this.emit('camera', state);
      },
      measured: (measurements) => {
        this.emit('alive');
        this.#presence.alive();
        if (!this.#watches(page())) return;
        if (this.#reception.working) this.#tell({ type: 'live', live: liveRate(measurements) });
        this.#monitor.measured(measurements);
        this.emit('measured', measurements);
        const share = this.judges.student.measured(measurements);
        if (share !== null) this.judges.stepDown(share);
        if (this.#reception.paused === null) this.#desk.measured(measurements);
      },
      changeSettings: (patch) => this.change(patch),
      ...(this.#film && this.#filmFunctions(this.#film, page)),
      fault: ({ where, message }) => {
        // What is wrong with the picture is for people to mend.
        if (where === 'camera') this.notice(message);
        else this.emit('fault', `${where}: ${message}`);
      },
    };
  }

  /** What a page that plays a film asks for. */
  #filmFunctions(film: ShownFilm, page: () => LivePage): Pick<Offered<MainFunctions>, 'film' | 'filmEnded'> {
    return {
      film: (from) => film.part(from),
      filmEnded: () => {
        if (this.#watches(page())) this.emit('filmEnded');
      },
    };
  }

  async #look(frame: Frame, page: LivePage): Promise<Look> {
    // Two streams in one tracker would be nobody's.
    if (!this.#watches(page)) throw new Error(ELSEWHERE);
    if (this.#reception.paused !== null || this.judges.student.isOfBefore(frame))
      return { id: frame.id, tracks: [], counts: this.#monitor.counts };
    const start = performance.now();
    const look = await this.#monitor.look(frame, this.#film?.timeOf(frame));
    this.#film?.looked(frame);
    if (frame.faces.length > 0) this.judges.student.look(performance.now() - start);
    this.emit('look');
    return this.#desk.draws(Date.now()) ? { ...look, sample: true } : look;
  }

  /** Changes settings: the provider is opened first, so that one that does not work changes nothing. */
  change(patch: SettingsPatch): Promise<Settings> {
    return this.judges.inTurn(async () => {
      await this.judges.take(patch, this.settings);
      const { startWithComputer, windowMode } = patch;
      const before = this.settings.windowMode;
      if (startWithComputer !== undefined) await this.options.startWithComputer?.(startWithComputer);
      const left = Object.entries(this.#overrides).filter(([name]) => !(name in patch));
      this.#overrides = Object.fromEntries(left);
      try {
        await this.options.settings.change(patch);
      } finally {
        this.#pages.tellSettings(this.settings);
      }
      if (windowMode !== undefined && windowMode !== before) {
        this.emit('windowMode', windowMode);
        this.#reception.refresh();
      }
      if (patch.privacy !== undefined) {
        this.#tellStatus();
        this.#desk.privacyChanged();
      }
      return this.settings;
    });
  }

  /** Another provider, or another model, judges. */
  #judgeChanged(isOtherModel: boolean): void {
    this.#tellStatus();
    if (isOtherModel) this.#desk.modelChanged();
  }

  #tellStatus(): void {
    this.#pages.tellStatus(this.status);
  }

  #tell(event: DeskEvent): void {
    if (event.type === 'notice') {
      this.emit('fault', event.message);
      this.#pages.remember(event.message);
    }
    // What was counted is in the menu, how far the job is, and whether there is something to learn from.
    if (['interval', 'job', 'jobRemoved', 'review'].includes(event.type)) this.#reception.refresh();
    this.#pages.tell(event);
  }

  #watches(page: LivePage): boolean {
    return page === this.#pages.live;
  }
}
