/**
 * The app, built once for whichever host: settings, classifier, monitor, desk, and the pages that are connected.
 * Hosts bring it lines to pages and listen to its events. Imports neither electron nor ws.
 */
import { EventEmitter } from 'node:events';
import { dirname, join } from 'node:path';
import {
  ELSEWHERE,
  type CameraState,
  type DeskEvent,
  type FilmFacts,
  type Frame,
  type LivePageFunctions,
  type Look,
  type MainFunctions,
  type Measurements,
  type Menu,
  type MenuAction,
  type Settings,
  type SettingsPatch,
  type Start,
  type Status,
  type Summary,
  type VerdictEvent,
} from './api';
import { AccessControl } from './access';
import { Desk } from './desk';
import type { Film } from './kiosk/film';
import { startNodeProcess, type StartProcess } from './jobs/process';
import { LiveModel } from './live';
import { liveRate } from './watch/figures';
import type { DeskSection } from './menu';
import type { NotWatching } from './outputs/webhook-message';
import type { PageName } from './pages';
import { Reception, tellAccess, type LivePage, type WindowKind } from './reception';
import { serveMain, type Channel, type Offered } from './rpc';
import { ProviderFaults } from './store/provider-faults';
import { Registry } from './store/registry';
import type { SettingsStore } from './store/settings';
import { WindowPlaces } from './store/window-places';
import { Monitor } from './watch/monitor';
import { Pipeline, type PipelineOptions } from './watch/pipeline';

export interface AppOptions {
  version: string;
  /** Path of the .onnx file that ships. */
  model: string;
  /** Students that ship beside it and may watch in its place: the most accurate that keeps up does. */
  others?: readonly string[];
  /** Path of an .onnx file that judges instead of what was promoted. */
  pinned?: string;
  settings: SettingsStore;
  /** What the command line asks for: holds until it is changed on the page, and is not saved. */
  overrides: Partial<Pick<Settings, 'provider' | 'reach' | 'pipeline'>>;
  /** The one-shot detector: its file, and what its classes are where it is not ours. None: it is not to be had. */
  detector?: Pick<PipelineOptions, 'model' | 'classes'>;
  source: Status['source'];
  /** A film that the page plays itself. */
  film?: Film;
  /** `browser` where none is given. */
  host?: Status['host'];
  /** How the host opens the live window; `headless` where none is given. */
  window?: WindowKind;
  /** Makes maskwatch start with the computer or not; left out where the host cannot. @throws Error in one sentence */
  startWithComputer?: (on: boolean) => Promise<void>;
  /** How this host starts a process for a job; as Node does, where none is given. */
  startProcess?: StartProcess;
}

export interface AppEvents {
  verdict: [VerdictEvent];
  camera: [CameraState];
  /** A page gave a sign of life: it does about once a second. */
  alive: [];
  /** The last page has gone. */
  alone: [];
  /** A frame was looked at. */
  look: [];
  /** The page that watches told what it measured in about a second. */
  measured: [Measurements];
  /** The menu is another now. */
  menu: [Menu];
  /** A part of the desk, or the live window, is asked for; only where the host shows it. */
  show: [DeskSection | 'live'];
  /** The live window is to be small in a corner, or as before; only where the host does it. */
  compact: [];
  /** Every frame of a film has been looked at. */
  filmEnded: [];
  /** Somebody who may chose to quit. */
  quit: [];
  /** Something went wrong and was survived; a sentence for the log. */
  fault: [message: string];
}

/** The pages the app serves; the photos page is served by who opens it. */
export type ServedPage = Exclude<PageName, 'photos'>;

/** Milliseconds without a sign of life after which a page does not watch: it gives one about every second. */
const PAGE_SILENT = 10_000;
/** Notices that a page which comes up is told of. */
const MOST_NOTICES = 10;

export class App extends EventEmitter<AppEvents> {
  /** Pages that are connected, the newest last. */
  readonly #pages: { page: LivePage; name: ServedPage }[] = [];
  readonly #monitor: Monitor;
  readonly #desk: Desk;
  readonly #reception: Reception;
  /** Names of the functions that pages may call. */
  readonly #offers: readonly string[];
  /** The latest sentences of what had to be dealt with. */
  #notices: string[] = [];
  #overrides: Partial<Settings>;
  #source: Status['source'];
  /** Whether the camera gives pictures, and when a page last gave a sign of life, by performance.now(). */
  #cameraRuns = false;
  #alive = -Infinity;
  /** Of a film: the frame after the last that was looked at. A page that comes anew goes on there. */
  #filmAt = 0;
  /** Changes of provider, one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly options: AppOptions,
    registry: Registry,
    private readonly student: LiveModel,
    private pipeline: Pipeline,
    access: AccessControl<LivePage>,
    /** Where the live window was. */
    readonly places: WindowPlaces,
  ) {
    super();
    this.#overrides = { ...options.overrides };
    for (const notice of [options.settings.notice, access.notice])
      if (notice !== null) this.#notices.push(notice);
    this.#source = { ...options.source, ...(options.film && { film: factsOf(options.film) }) };
    this.#monitor = new Monitor({
      classifier: () => this.student.classifier,
      settings: () => this.settings,
      pipeline: () => this.pipeline,
    });
    const folder = dirname(options.settings.path);
    this.#desk = new Desk({
      version: options.version,
      folder,
      registry,
      model: student,
      startProcess: options.startProcess ?? startNodeProcess,
      settings: () => this.settings,
      notWatching: () => this.#notWatching,
      tell: (event) => {
        this.#tell(event);
      },
    });
    this.#reception = new Reception({
      access,
      version: options.version,
      host: options.host ?? 'browser',
      window: options.window ?? 'headless',
      places,
      folder,
      today: () => this.#desk.today(),
      jobs: () => this.#desk.jobs,
      pages: () => this.#pages.map(({ page }) => page),
      ready: () => this.#desk.ready,
      begin: (kind) => this.#desk.begin(kind),
      onNotice: (message) => {
        this.notice(message);
      },
      livePage: () => this.#livePage,
      onPause: () => {
        this.#tellStatus();
      },
      onMenu: (menu) => {
        this.emit('menu', menu);
        this.#tell({ type: 'menu', menu });
      },
      onShow: (section) => this.emit('show', section),
      onCompact: () => this.emit('compact'),
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
    const provider = options.overrides.provider ?? options.settings.current.provider;
    const folder = dirname(options.settings.path);
    const registry = new Registry(join(folder, 'models'), options.model);
    const access = await AccessControl.open<LivePage>({
      path: join(folder, 'access.json'),
      lockMinutes: () => options.settings.current.access.lockMinutes,
      onChange: tellAccess,
    });
    const places = await WindowPlaces.open(join(folder, 'window.json'));
    const told: { app?: App } = {};
    const early: string[] = [];
    const student = await LiveModel.open({
      registry,
      others: options.others ?? [],
      pinned: options.pinned ?? null,
      provider,
      memory: new ProviderFaults(join(folder, 'providers.json')),
      onChange: (isOtherModel) => {
        if (told.app) told.app.#judgeChanged(isOtherModel);
      },
      onNotice: (message) => {
        if (told.app) told.app.#tell({ type: 'notice', message });
        else early.push(message);
      },
    });
    const choice = options.overrides.pipeline ?? options.settings.current.pipeline;
    const { pipeline, notice } = await openPipeline(options, choice).then(
      (opened) => ({ pipeline: opened, notice: null }),
      async (error: unknown) => {
        // What the command line asks for must be; what was set once must not keep the watch from beginning.
        if (options.overrides.pipeline === undefined)
          return { pipeline: await openPipeline(options, 'two-stage'), notice: (error as Error).message };
        await student.close();
        throw error;
      },
    );
    const app = (told.app = new App(options, registry, student, pipeline, access, places));
    if (notice !== null) app.#notices.push(notice);
    for (const message of early) app.#tell({ type: 'notice', message });
    return app;
  }

  /** The settings as they hold now. */
  get settings(): Settings {
    // A file has its own picture: the camera chosen for this door is not in it.
    const camera = this.#source.kind === 'camera' ? {} : { camera: null };
    return { ...this.options.settings.current, ...camera, ...this.#overrides };
  }

  get status(): Status {
    const { card, provider, why } = this.student.classifier;
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
      pipeline: this.pipeline.status,
      paused: this.#reception.paused,
      keepsFaces: this.settings.privacy.review,
      host: this.options.host ?? 'browser',
      startsWithComputer: this.options.startWithComputer !== undefined,
    };
  }

  /** Sentences of what had to be dealt with, the newest last. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** Tells the log and every page, now and when it comes up, of what had to be dealt with. */
  notice(message: string): void {
    this.#tell({ type: 'notice', message });
  }

  summary(): Summary {
    const summary = this.#monitor.summary();
    const { film } = this.options;
    if (!film?.everyFrame) return summary;
    const seconds = this.#filmAt / film.fps;
    return { ...summary, film: { seconds, speed: summary.seconds > 0 ? seconds / summary.seconds : 0 } };
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
    const served = { page, name };
    this.#pages.push(served);
    channel.onClose(() => {
      this.#pages.splice(this.#pages.indexOf(served), 1);
      this.#reception.forget(page);
      if (this.#pages.length === 0) this.emit('alone');
    });
  }

  async close(): Promise<void> {
    for (const { page } of this.#pages) page.$close();
    await this.#reception.close();
    await this.#changing.catch(() => undefined);
    await this.student.close();
    await this.pipeline.close();
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
        notices: this.#notices,
        settings: this.settings,
        status: this.status,
        counts: this.#monitor.counts,
      }),
      look: (frame) => this.#look(frame, page()),
      cameraChanged: (state) => {
        this.emit('alive');
        this.#alive = performance.now();
        this.#cameraRuns = state.state === 'running';
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
        this.#alive = performance.now();
        if (!this.#watches(page())) return;
        if (this.#reception.working) this.#tell({ type: 'live', live: liveRate(measurements) });
        this.#monitor.measured(measurements);
        this.emit('measured', measurements);
        const share = this.student.measured(measurements);
        if (share !== null) this.#stepDown(share);
        if (this.#reception.paused === null) this.#desk.measured(measurements);
      },
      changeSettings: (patch) => this.change(patch),
      ...(this.options.film && this.#filmFunctions(this.options.film, page)),
      fault: ({ where, message }) => {
        // What is wrong with the picture is for people to mend.
        if (where === 'camera') this.notice(message);
        else this.emit('fault', `${where}: ${message}`);
      },
    };
  }

  /** What a page that plays a film asks for. */
  #filmFunctions(film: Film, page: () => LivePage): Pick<Offered<MainFunctions>, 'film' | 'filmEnded'> {
    return {
      film: (from) => film.part(from ?? (film.everyFrame ? this.#filmAt : 0)),
      filmEnded: () => {
        if (this.#watches(page())) this.emit('filmEnded');
      },
    };
  }

  async #look(frame: Frame, page: LivePage): Promise<Look> {
    // Two streams in one tracker would be nobody's.
    if (!this.#watches(page)) throw new Error(ELSEWHERE);
    if (this.#reception.paused !== null || this.student.isOfBefore(frame))
      return { id: frame.id, tracks: [], counts: this.#monitor.counts };
    const start = performance.now();
    const { film } = this.options;
    const filmTime = film && frame.film !== undefined ? (1000 * frame.film) / film.fps : undefined;
    const look = await this.#monitor.look(frame, filmTime);
    if (frame.film !== undefined) this.#filmAt = frame.film + 1;
    if (frame.faces.length > 0) this.student.look(performance.now() - start);
    this.emit('look');
    return look;
  }

  /** Changes settings: the provider is opened first, so that one that does not work changes nothing. */
  change(patch: SettingsPatch): Promise<Settings> {
    const change = this.#changing.then(async () => {
      const { provider, pipeline, startWithComputer } = patch;
      if (pipeline !== undefined && pipeline !== this.settings.pipeline) await this.#changePipeline(pipeline);
      if (provider !== undefined && provider !== this.settings.provider) {
        await this.student.setProvider(provider);
      }
      if (startWithComputer !== undefined) await this.options.startWithComputer?.(startWithComputer);
      const left = Object.entries(this.#overrides).filter(([name]) => !(name in patch));
      this.#overrides = Object.fromEntries(left);
      try {
        await this.options.settings.change(patch);
      } finally {
        for (const { page } of this.#pages) page.settingsChanged(this.settings).catch(() => undefined);
      }
      if (patch.privacy !== undefined) {
        this.#tellStatus();
        this.#desk.privacyChanged();
      }
      return this.settings;
    });
    this.#changing = change.catch(() => undefined);
    return change;
  }

  /** Lets a lighter student watch, where there is one: this one takes too large a share of the time. */
  #stepDown(share: number): void {
    const change = this.#changing.then(async () => {
      const message = await this.student.stepDown(share);
      if (message === null) return;
      this.#tellStatus();
      this.#tell({ type: 'notice', message });
    });
    this.#changing = change.catch((error: unknown) => this.emit('fault', (error as Error).message));
  }

  async #changePipeline(choice: Settings['pipeline']): Promise<void> {
    const before = this.pipeline;
    this.pipeline = await openPipeline(this.options, choice);
    this.#tellStatus();
    // A frame that is being judged is answered first.
    before.close().catch((error: unknown) => this.emit('fault', (error as Error).message));
  }

  /** Another provider, or another model, judges. */
  #judgeChanged(isOtherModel: boolean): void {
    this.#tellStatus();
    if (isOtherModel) this.#desk.tellModels();
  }

  #tellStatus(): void {
    for (const { page } of this.#pages) page.statusChanged(this.status).catch(() => undefined);
  }

  #tell(event: DeskEvent): void {
    if (event.type === 'notice') {
      this.emit('fault', event.message);
      this.#notices = [...this.#notices, event.message].slice(-MOST_NOTICES);
    }
    // What was counted is in the menu, how far the job is, and whether there is something to learn from.
    if (['interval', 'job', 'jobRemoved', 'review'].includes(event.type)) this.#reception.refresh();
    for (const { page } of this.#pages) page.happened(event).catch(() => undefined);
  }

  get #notWatching(): NotWatching | null {
    if (this.#reception.paused !== null) return 'paused';
    if (!this.#livePage || performance.now() - this.#alive > PAGE_SILENT) return 'page';
    return this.#cameraRuns ? null : 'camera';
  }

  get #livePage(): LivePage | undefined {
    return this.#pages.findLast(({ name }) => name === 'live')?.page;
  }

  #watches(page: LivePage): boolean {
    return page === this.#livePage;
  }
}

const factsOf = ({ frames, fps, everyFrame }: Film): FilmFacts => ({ frames, fps, everyFrame });

/** @throws Error in one sentence when one-shot is asked for and cannot be had */
function openPipeline({ detector, settings }: AppOptions, choice: Settings['pipeline']): Promise<Pipeline> {
  if (!detector && choice === 'one-shot')
    return Promise.reject(new Error('there is no one-shot detector here'));
  if (!detector) return Pipeline.open('two-stage', { model: '', folder: '' });
  return Pipeline.open(choice, { ...detector, folder: dirname(settings.path) });
}
