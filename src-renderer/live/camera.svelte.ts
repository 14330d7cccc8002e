/**
 * The camera: opens the chosen one, notices when it is gone, taken, forbidden or frozen, says so in plain words
 * and comes back by itself. Knows the browser's media devices; nothing of the page or of main.
 */
import type { CameraState, Settings } from '../../src-main/api';
import { texts } from '../texts';
import { faultOf, type Fault } from './camera-faults';

export interface CameraDevice {
  deviceId: string;
  label: string;
}

/** The part of `navigator.mediaDevices` that is used. */
export type Media = Pick<
  MediaDevices,
  'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'
>;

/** What is asked of the camera; it gives what it can. */
const WISH = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
/** Milliseconds without a frame after which a running camera counts as frozen. */
const FROZEN = 3000;
/** Milliseconds between looks at the clock. */
const TICK = 500;
/** Milliseconds a lost camera is waited for before another one is taken instead. */
const FAITHFUL = 10_000;
/** Milliseconds before the first retry; doubles up to the last. */
const FIRST_RETRY = 1000;
const LAST_RETRY = 15_000;

export class Camera {
  #state = $state.raw<CameraState>({ state: 'starting', label: '', message: texts.camera.starting });
  #stream = $state.raw<MediaStream | null>(null);
  #devices = $state.raw<CameraDevice[]>([]);

  readonly #media: Media | undefined;
  #chosen: Settings['camera'] = null;
  /** The camera last in use: the one a loss is about. */
  #used: CameraDevice | null = null;
  #lostAt: number | null = null;
  /** Counts openings; an opening that is no longer the newest must not take effect. */
  #opening = 0;
  #pending = false;
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #lastTick = 0;
  #lastFrame = 0;
  #permission: PermissionStatus | null = null;

  constructor(media: Media | undefined = (navigator as Partial<Navigator>).mediaDevices) {
    this.#media = media;
  }

  get state(): CameraState {
    return this.#state;
  }

  get stream(): MediaStream | null {
    return this.#stream;
  }

  get track(): MediaStreamTrack | null {
    return this.#stream?.getVideoTracks()[0] ?? null;
  }

  /** The cameras there are now; nameless until one was allowed. */
  get devices(): CameraDevice[] {
    return this.#devices;
  }

  start(): void {
    this.#media?.addEventListener('devicechange', this.#devicesChanged);
    document.addEventListener('visibilitychange', this.#visibilityChanged);
    this.#ticker = setInterval(this.#tick, TICK);
    this.#lastTick = performance.now();
    void this.#followPermission();
    void this.#open();
  }

  stop(): void {
    this.#opening++;
    clearTimeout(this.#retry);
    clearInterval(this.#ticker);
    this.#media?.removeEventListener('devicechange', this.#devicesChanged);
    document.removeEventListener('visibilitychange', this.#visibilityChanged);
    this.#permission?.removeEventListener('change', this.#permissionChanged);
    this.#release();
  }

  /** Takes another camera; null is the system's default. The present one goes on if it is the one chosen. */
  choose(camera: Settings['camera']): void {
    const same = camera?.deviceId === this.#chosen?.deviceId && camera?.label === this.#chosen?.label;
    if (same) return;
    this.#chosen = camera;
    this.#lostAt = null;
    const inUse = this.track?.getSettings().deviceId;
    if (camera !== null && camera.deviceId === inUse) return;
    if (this.#ticker !== undefined) void this.#open();
  }

  /** Tries at once instead of waiting for the next retry. */
  tryNow = (): void => {
    this.#tries = 0;
    void this.#open();
  };

  /** A frame came: the camera is alive. Whoever sees frames calls it. */
  frameArrived(): void {
    this.#lastFrame = performance.now();
    this.#tries = 0;
  }

  async #open(): Promise<void> {
    const opening = ++this.#opening;
    clearTimeout(this.#retry);
    this.#release();
    this.#pending = true;
    try {
      if (!this.#media) throw new Error('this page is not at an address that may use a camera');
      await this.#listDevices();
      const stream = await this.#media.getUserMedia({ audio: false, video: this.#constraints() });
      if (opening !== this.#opening) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      // Names and true ids are only known once a camera was allowed: perhaps the chosen one can be told now.
      await this.#listDevices();
      if (opening !== this.#opening) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#take(stream);
    } catch (error) {
      if (opening !== this.#opening) return;
      this.#lostAt ??= this.#used === null ? null : performance.now();
      this.#say(faultOf(error, this.#used?.label ?? null));
      this.#retryLater();
    } finally {
      if (opening === this.#opening) this.#pending = false;
    }
  }

  /** The camera to have, if it is connected: the chosen one by id, else by name. */
  #find(wanted: CameraDevice | null): CameraDevice | undefined {
    if (wanted === null) return undefined;
    return (
      this.#devices.find((device) => device.deviceId !== '' && device.deviceId === wanted.deviceId) ??
      this.#devices.find((device) => device.label !== '' && device.label === wanted.label)
    );
  }

  #constraints(): MediaTrackConstraints {
    const wanted = this.#chosen ?? this.#used;
    const found = this.#find(wanted);
    if (found) return { ...WISH, deviceId: { exact: found.deviceId } };
    const waiting = this.#lostAt !== null && performance.now() - this.#lostAt < FAITHFUL;
    if (wanted !== null && waiting) throw new DOMException('the camera is gone', 'NotFoundError');
    return WISH;
  }

  #take(stream: MediaStream): void {
    const track = stream.getVideoTracks()[0];
    if (!track) throw new Error('the camera gave no picture');
    const { deviceId = '', width, height } = track.getSettings();
    const chosen = this.#find(this.#chosen);
    if (chosen && chosen.deviceId !== deviceId && deviceId !== '') {
      for (const one of stream.getTracks()) one.stop();
      void this.#open();
      return;
    }
    const label = track.label.slice(0, 512);
    const instead =
      this.#chosen !== null && !chosen ? texts.camera.instead(this.#chosen.label, label).slice(0, 512) : '';
    track.addEventListener('ended', () => this.#ended(track));
    track.addEventListener('mute', () => this.#muted(track));
    track.addEventListener('unmute', () => this.#unmuted(track));
    this.#used = { deviceId, label };
    this.#lostAt = null;
    this.#lastFrame = performance.now();
    this.#stream = stream;
    this.#state = {
      state: 'running',
      label,
      message: instead,
      ...(width ? { width } : {}),
      ...(height ? { height } : {}),
    };
  }

  #ended(track: MediaStreamTrack): void {
    if (track !== this.track) return;
    this.#loseTo({ state: 'lost', message: texts.camera.lost(track.label) });
    void this.#open();
  }

  #muted(track: MediaStreamTrack): void {
    if (track !== this.track) return;
    this.#say({ state: 'lost', message: texts.camera.muted(track.label) });
    this.#retryLater();
  }

  #unmuted(track: MediaStreamTrack): void {
    if (track !== this.track || this.#state.state === 'running') return;
    clearTimeout(this.#retry);
    this.#lastFrame = performance.now();
    const { width, height } = track.getSettings();
    this.#state = {
      ...this.#state,
      state: 'running',
      message: '',
      ...(width && height ? { width, height } : {}),
    };
  }

  #loseTo(fault: Fault): void {
    this.#lostAt = performance.now();
    this.#release();
    this.#say(fault);
  }

  #say({ state, message }: Fault): void {
    const label = this.#used?.label ?? this.#chosen?.label ?? '';
    this.#state = { state, label: label.slice(0, 512), message: message.slice(0, 512) };
  }

  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#tries++);
    this.#retry = setTimeout(() => void this.#open(), wait);
  }

  async #listDevices(): Promise<void> {
    if (!this.#media) return;
    const all = await this.#media.enumerateDevices();
    this.#devices = all
      .filter((device) => device.kind === 'videoinput')
      .map(({ deviceId, label }) => ({ deviceId, label }));
  }

  readonly #devicesChanged = (): void => {
    void this.#listDevices().then(() => {
      if (this.#pending) return;
      const chosen = this.#find(this.#chosen);
      const better = chosen !== undefined && chosen.deviceId !== this.track?.getSettings().deviceId;
      if (this.#state.state !== 'running' || better) this.tryNow();
    });
  };

  readonly #visibilityChanged = (): void => {
    this.#lastFrame = performance.now();
    const ended = this.track?.readyState === 'ended';
    if (
      document.visibilityState === 'visible' &&
      !this.#pending &&
      (this.#state.state !== 'running' || ended)
    ) {
      this.tryNow();
    }
  };

  readonly #permissionChanged = (): void => {
    if (this.#state.state !== 'running' && this.#permission?.state === 'granted') this.tryNow();
  };

  async #followPermission(): Promise<void> {
    try {
      this.#permission = await navigator.permissions.query({ name: 'camera' });
      this.#permission.addEventListener('change', this.#permissionChanged);
    } catch {
      // Not every browser can tell; the retries find out too.
    }
  }

  /** The watchdog. After a sleep of the machine its own tick is late, and frames get their time anew. */
  readonly #tick = (): void => {
    const now = performance.now();
    if (now - this.#lastTick > TICK * 4) this.#lastFrame = now;
    this.#lastTick = now;
    const running = this.#state.state === 'running' && this.track !== null;
    if (!running || document.visibilityState !== 'visible' || now - this.#lastFrame <= FROZEN) return;
    this.#loseTo({ state: 'lost', message: texts.camera.frozen(this.#state.label) });
    // Opened at once the first time; a camera that freezes again and again is given time between.
    if (this.#tries === 0) {
      this.#tries = 1;
      void this.#open();
    } else this.#retryLater();
  };
}
