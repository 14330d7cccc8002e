/**
 * Stands where camera, detector and main stand, so that the live page can be put in any state: a media device whose
 * pictures are drawn, a watcher that "finds" the drawn faces, and a main that answers at once. The page itself is
 * the real one.
 */
import {
  LOCKED,
  patched,
  type Counts,
  type DeskEvent,
  type Fault,
  type LivePageFunctions,
  type Look,
  type Probabilities,
  type Settings,
  type Start,
  type Status,
  type Verdict,
} from '../../../src-main/api';
import { Camera, type Media } from '../../../src-renderer/live/camera.svelte';
import { Session } from '../../../src-renderer/live/session.svelte';
import type { ConnectionState, Main } from '../../../src-renderer/connection';
import { deskMain, type DeskCast } from '../desk-hands';
import { drawnStream, faceBox, PICTURE, type Person } from './drawn-people';

export const SETTINGS: Settings = {
  version: 2,
  firstRunDone: true,
  camera: null,
  reach: 'near',
  region: null,
  detectorThreshold: 0.3,
  verdictThreshold: 0.6,
  looksNeeded: 3,
  minFacePixels: 24,
  provider: 'auto',
  pipeline: 'auto',
  mirror: false,
  windowMode: 'window',
  startWithComputer: false,
  languages: { pages: null, visitors: ['en'] },
  sounds: { correct: 'silent', incorrect: 'silent', none: 'silent', volume: 0.7 },
  visits: { leastSeconds: 0, gapSeconds: 2 },
  privacy: {
    review: false,
    reviewDays: 7,
    reviewMost: 500,
    reviewFrames: false,
    eventDays: 0,
    countDays: null,
  },
  outputs: { webhook: { on: false, url: '', verdicts: [], door: '', alive: false } },
  access: { lockMinutes: 5 },
};

export const STATUS: Status = {
  version: '0.1.0',
  source: { kind: 'camera', name: 'Door camera' },
  model: { name: 'student', inputSize: 96, cropMargin: 0.27 },
  provider: { name: 'cpu', reason: 'fastest of cpu 11200, webgpu 900 crops/s', fellBack: false },
  pipeline: { name: 'two-stage', reason: 'asked for', takes: null },
  paused: null,
  keepsFaces: false,
  keepsFrames: false,
  host: 'browser',
  window: { modes: ['window', 'kiosk'], frameless: false },
  startsWithComputer: true,
};

/** Cameras that can be plugged in and pulled out; their pictures are drawn. */
export class DrawnMedia extends EventTarget implements Media {
  devices: { deviceId: string; label: string }[] = [{ deviceId: 'door', label: 'Door camera' }];
  /** Thrown by the next openings when set. */
  refusal: DOMException | null = null;
  /** The ids that were opened, in order. */
  opened: string[] = [];
  /** Given in place of a drawn stream when set. */
  stream: (() => MediaStream) | null = null;
  readonly #people: (time: number) => readonly Person[];

  constructor(people: (time: number) => readonly Person[] = () => []) {
    super();
    this.#people = people;
  }

  plug(devices: { deviceId: string; label: string }[]): void {
    this.devices = devices;
    this.dispatchEvent(new Event('devicechange'));
  }

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve(
      this.devices.map((device) => ({
        ...device,
        kind: 'videoinput' as const,
        groupId: '',
        toJSON: () => device,
      })),
    );
  }

  async getUserMedia(constraints: MediaStreamConstraints = {}): Promise<MediaStream> {
    if (this.refusal) throw this.refusal;
    const video = typeof constraints.video === 'object' ? constraints.video : {};
    const wish = video.deviceId as { exact?: string } | undefined;
    const device = wish?.exact
      ? this.devices.find(({ deviceId }) => deviceId === wish.exact)
      : this.devices[0];
    if (!device) throw new DOMException('Requested device not found', 'NotFoundError');
    const stream = this.stream?.() ?? drawnStream(this.#people);
    const track = stream.getVideoTracks()[0]!;
    Object.defineProperty(track, 'label', { value: device.label });
    track.getSettings = () => ({ ...device, ...PICTURE });
    this.opened.push(device.deviceId);
    return stream;
  }
}

export interface Cast {
  settings?: Partial<Settings>;
  status?: Partial<Status>;
  counts?: Counts;
  people?: (time: number) => readonly Person[];
  media?: DrawnMedia;
  desk?: DeskCast;
  /** Names of main's functions that there are; all when not set. */
  offers?: string[];
  /** What main had to deal with before the page came up. */
  notices?: string[];
  /** Main does not answer the greeting: it starts, or is held up. */
  slow?: boolean;
}

const likely = (wears: Verdict): Probabilities =>
  wears === 'unsure'
    ? { correct: 0.4, incorrect: 0.35, none: 0.25 }
    : { correct: 0.06, incorrect: 0.06, none: 0.06, [wears]: 0.88 };

/** A session whose camera, watcher and main are ours, and the handles to move them. */
export function stageSession(cast: Cast = {}) {
  const people = cast.people ?? ((): Person[] => []);
  const media = cast.media ?? new DrawnMedia(people);
  const calls: { name: string; value: unknown }[] = [];
  const note = (name: string, value: unknown): Promise<void> => {
    calls.push({ name, value });
    return Promise.resolve();
  };
  let settings: Settings = { ...SETTINGS, ...cast.settings };
  const start = (): Start => ({
    offers: cast.offers ?? Object.keys(main),
    notices: cast.notices ?? [],
    settings,
    status,
    counts: cast.counts ?? { correct: 0, incorrect: 0, none: 0 },
  });
  let refuse: string | null = null;
  let state: ConnectionState = 'open';
  const listeners = new Set<(state: ConnectionState) => void>();
  const began = performance.now();
  const sight = (): readonly Person[] => people(performance.now() - began);

  const { main: desk, calls: deskCalls } = deskMain(cast.desk);
  let isGuarded = false;
  let status = { ...STATUS, ...cast.status };

  const main: Main = {
    ...desk,
    hello: () => (cast.slow === true ? new Promise(() => undefined) : Promise.resolve(start())),
    look: (frame): Promise<Look> => {
      if (state === 'closed') return Promise.reject(new Error('maskwatch is not running'));
      if (refusal !== null) return Promise.reject(new Error(refusal));
      return Promise.resolve({
        id: frame.id,
        counts: start().counts,
        tracks: sight().map((person) => ({
          id: person.id,
          box: faceBox(person),
          verdict: person.wears,
          probabilities: likely(person.wears),
          looks: 5,
        })),
      });
    },
    sampled: (value) => note('sampled', value),
    cameraChanged: (value) => note('cameraChanged', value),
    windowPlaced: (value) => note('windowPlaced', value),
    orderWindow: (value) => note('orderWindow', value),
    film: (from) => note('film', from).then(() => ({ from: from ?? 0, pictures: [] })),
    filmEnded: () => note('filmEnded', null),
    measured: (value) => note('measured', value),
    fault: (value) => note('fault', value),
    changeSettings: async (patch) => {
      if (isGuarded && (await desk.access()).locked) throw new Error(LOCKED);
      await note('changeSettings', patch);
      if (refuse !== null) throw new Error(refuse);
      settings = patched(settings, patch);
      return settings;
    },
  };

  let told: LivePageFunctions;
  let fault: (fault: Fault) => void = () => undefined;
  /** Main answers no frame, with this sentence. */
  let refusal: string | null = null;
  const session = new Session({
    camera: new Camera(media),
    connect: (functions) => {
      told = functions;
      return {
        main,
        onState(listener) {
          listeners.add(listener);
          listener(state);
          return () => listeners.delete(listener);
        },
        close: () => listeners.clear(),
      };
    },
    watch: ({ onFrame, onFault }) => {
      fault = onFault;
      let timer: ReturnType<typeof setInterval> | undefined;
      let id = 0;
      let frames = 0;
      const look = (): void => {
        frames++;
        const frame = { id: id++, time: performance.timeOrigin + performance.now(), ...PICTURE };
        const whole: [number, number, number, number] = [0, 0, PICTURE.width, PICTURE.height];
        void onFrame({ ...frame, regions: [whole], faces: [], crops: new Uint8Array() }).catch(
          () => undefined,
        );
      };
      return {
        configure: (configuration) => void note('configure', configuration),
        start: (track) => {
          clearInterval(timer);
          timer = setInterval(() => track.readyState === 'live' && look(), 33);
        },
        stop: () => clearInterval(timer),
        takeMeasurements: () => {
          const taken = { cameraFrames: frames, frames, seconds: 1, detectMs: [] };
          frames = 0;
          return taken;
        },
      };
    },
  });

  return {
    session,
    media,
    calls,
    /** What was asked of the desk. */
    desk: deskCalls,
    /** Whether settings are changed only with the PIN. */
    guarded(so: boolean): void {
      isGuarded = so;
    },
    /** Main tells of something that happens. */
    tell: (event: DeskEvent): void => told.happened(event),
    /** Main says that something else holds now. */
    status(change: Partial<Status>): void {
      status = { ...status, ...change };
      told.statusChanged(status);
    },
    /** The watcher tells of a fault, as it does of a black picture. */
    fault: (told: Fault) => fault(told),
    /** Main answers no frame any more, which the watcher tells. */
    refuseLooks(reason: string): void {
      refusal = reason;
      fault({ where: 'look', message: reason });
    },
    /** Main goes away or comes back. */
    connection(next: ConnectionState): void {
      state = next;
      for (const listener of listeners) listener(next);
    },
    /** Main refuses changes of settings with this sentence, or takes them again. */
    refuseSettings(reason: string | null): void {
      refuse = reason;
    },
  };
}
