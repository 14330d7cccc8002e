/**
 * The camera: opens the chosen one, notices when it is gone, taken, forbidden or frozen, says so in plain words
 * and comes back by itself. Knows the browser's media devices; nothing of the page or of main.
 */
import type { CameraState, Settings } from '../../src-main/api';
import { text } from '../texts.svelte';
import { findCamera, runningState, stopTracks, WISH, type CameraDevice } from './camera-choice';
import { faultOf, type Fault } from './camera-faults';
import { FrameWatchdog } from './frame-watchdog';

/** The part of `navigator.mediaDevices` that is used. */
export type Media = Pick<
  MediaDevices,
  'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'
>;

/** Milliseconds a lost camera is waited for before another one is taken instead. */
const FAITHFUL = 10_000;
/** Milliseconds more that a camera just opened may take to its first frame. */
const WARM_UP = 4000;
/** Milliseconds before the first retry; doubles up to the last. */
const FIRST_RETRY = 1000;
const LAST_RETRY = 5000;
/** The same for a camera whose picture still stands still when it has been opened again: it is watched meanwhile. */
const FIRST_STILL_RETRY = 60_000;
const LAST_STILL_RETRY = 600_000;

export class Camera {
  #state = $state.raw<CameraState>({ state: 'starting', label: '', message: text('camera.starting') });
  #stream = $state.raw<MediaStream | null>(null);
  #devices = $state.raw<CameraDevice[]>([]);

  #media: Media | undefined;
  readonly #watchdog = new FrameWatchdog(() => this.#frozen());
  #started = false;
  #chosen: Settings['camera'] = null;
  /** The camera last in use: the one a loss is about. */
  #used: CameraDevice | null = null;
  #lostAt: number | null = null;
  /** Counts openings; an opening that is no longer the newest must not take effect. */
  #opening = 0;
  #pending = false;
  #tries = 0;
  /** Standstills of the picture in a row. */
  #stills = 0;
  #stillRetry: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #permission: PermissionStatus | null = null;

  /** @param media the browser's; undefined where the page may not use cameras at all */
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

  /** @param media in place of the browser's own, as a film's */
  start(media = this.#media): void {
    this.#started = true;
    this.#media = media;
    this.#media?.addEventListener('devicechange', this.#devicesChanged);
    document.addEventListener('visibilitychange', this.#visibilityChanged);
    this.#watchdog.start();
    this.#watchdog.rest();
    void this.#followPermission();
    void this.#open();
  }

  stop(): void {
    this.#started = false;
    this.#opening++;
    clearTimeout(this.#retry);
    clearTimeout(this.#stillRetry);
    this.#watchdog.stop();
    this.#media?.removeEventListener('devicechange', this.#devicesChanged);
    document.removeEventListener('visibilitychange', this.#visibilityChanged);
    this.#permission?.removeEventListener('change', this.#permissionChanged);
    this.#release();
  }

  /** Takes another camera; null is the system's default. The present one goes on if it is the one chosen. */
  choose(camera: Settings['camera']): void {
    if (camera?.deviceId === this.#chosen?.deviceId && camera?.label === this.#chosen?.label) return;
    this.#chosen = camera;
    this.#lostAt = null;
    this.#used = null;
    if (camera !== null && camera.deviceId === this.track?.getSettings().deviceId) return;
    if (this.#started) this.tryNow();
  }

  /** Tries at once instead of waiting for the next retry. */
  tryNow = (): void => {
    this.#tries = 0;
    void this.#open();
  };

  /** A frame came: the camera is alive. Whoever sees frames calls it. */
  frameArrived(): void {
    if (this.#state.state !== 'running') return;
    this.#watchdog.expect();
    this.#tries = 0;
  }

  /**
   * Frames come, but for long the same to the last pixel; or they move. Whoever sees them tells it. A camera that stands
   * still is opened again at once, and from the second time in a row on after a while, watched meanwhile.
   */
  standsStill(still: boolean): void {
    const track = this.track;
    if (this.#state.state !== 'running' || track === null) return;
    if (!still) {
      if (this.#stills > 1) this.#state = runningState(track, '');
      this.#stills = 0;
      clearTimeout(this.#stillRetry);
    } else if (this.#stills++ === 0) {
      this.#lose({ state: 'lost', message: text('camera.still', { label: track.label }) });
      void this.#open();
    } else {
      this.#state = runningState(track, text('camera.still', { label: track.label }));
      const wait = Math.min(LAST_STILL_RETRY, FIRST_STILL_RETRY * 2 ** (this.#stills - 2));
      this.#stillRetry = setTimeout(() => void this.#open(), wait);
    }
  }

  async #open(): Promise<void> {
    const opening = ++this.#opening;
    clearTimeout(this.#retry);
    clearTimeout(this.#stillRetry);
    this.#release();
    this.#pending = true;
    try {
      if (!this.#media) throw new Error('this page is not at an address that may use a camera');
      await this.#listDevices();
      const stream = await this.#media.getUserMedia({ audio: false, video: this.#constraints() });
      // Names and true ids are only known once a camera was allowed: now the chosen one can be told.
      await this.#listDevices();
      if (opening === this.#opening) this.#take(stream);
      else stopTracks(stream);
    } catch (error) {
      if (opening !== this.#opening) return;
      if (this.#used !== null) this.#lostAt ??= performance.now();
      this.#say(faultOf(error, this.#used?.label ?? null));
      this.#retryLater();
    } finally {
      if (opening === this.#opening) this.#pending = false;
    }
  }

  #constraints(): MediaTrackConstraints {
    const wanted = this.#chosen ?? this.#used;
    const found = findCamera(this.#devices, wanted);
    if (found) return { ...WISH, deviceId: { exact: found.deviceId } };
    const waiting = this.#lostAt !== null && performance.now() - this.#lostAt < FAITHFUL;
    if (wanted !== null && waiting) throw new DOMException('the camera is gone', 'NotFoundError');
    return WISH;
  }

  #take(stream: MediaStream): void {
    const track = stream.getVideoTracks()[0];
    if (!track) throw new Error('the camera gave no picture');
    const { deviceId = '' } = track.getSettings();
    const chosen = findCamera(this.#devices, this.#chosen);
    if (chosen && deviceId !== '' && chosen.deviceId !== deviceId) {
      stopTracks(stream);
      void this.#open();
      return;
    }
    track.addEventListener('ended', () => this.#ended(track));
    track.addEventListener('mute', () => this.#muted(track));
    track.addEventListener('unmute', () => this.#unmuted(track));
    this.#used = { deviceId, label: track.label };
    this.#lostAt = null;
    this.#stream = stream;
    this.#watchdog.expect(WARM_UP);
    const missing = chosen ? null : this.#chosen;
    this.#state = runningState(
      track,
      missing ? text('camera.instead', { chosen: missing.label, used: track.label }) : '',
    );
  }

  #ended(track: MediaStreamTrack): void {
    if (track !== this.track) return;
    this.#lose({ state: 'lost', message: text('camera.lost', { label: track.label }) });
    void this.#open();
  }

  #muted(track: MediaStreamTrack): void {
    if (track !== this.track) return;
    this.#watchdog.rest();
    this.#say({ state: 'lost', message: text('camera.muted', { label: track.label }) });
    this.#retryLater();
  }

  #unmuted(track: MediaStreamTrack): void {
    if (track !== this.track || this.#state.state === 'running') return;
    clearTimeout(this.#retry);
    this.#watchdog.expect();
    this.#state = runningState(track, '');
  }

  /** Opened again at once the first time; one that freezes again and again is given time between. */
  #frozen(): void {
    const first = this.#tries === 0;
    this.#lose({ state: 'lost', message: text('camera.frozen', { label: this.#state.label }) });
    if (!first) this.#retryLater();
    else {
      this.#tries = 1;
      void this.#open();
    }
  }

  #lose(fault: Fault): void {
    this.#lostAt = performance.now();
    this.#release();
    this.#say(fault);
  }

  #say({ state, message }: Fault): void {
    const label = this.#used?.label ?? this.#chosen?.label ?? '';
    this.#state = { state, label: label.slice(0, 512), message: message.slice(0, 512) };
  }

  #release(): void {
    this.#watchdog.rest();
    stopTracks(this.#stream);
    this.#stream = null;
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#tries++);
    this.#retry = setTimeout(() => void this.#open(), wait);
  }

  async #listDevices(): Promise<void> {
    const all = (await this.#media?.enumerateDevices()) ?? [];
    this.#devices = all
      .filter((device) => device.kind === 'videoinput')
      .map(({ deviceId, label }) => ({ deviceId, label }));
  }

  readonly #devicesChanged = (): void => {
    void this.#listDevices().then(() => {
      if (this.#pending) return;
      const chosen = findCamera(this.#devices, this.#chosen);
      const better = chosen !== undefined && chosen.deviceId !== this.track?.getSettings().deviceId;
      if (this.#state.state !== 'running' || better) this.tryNow();
    });
  };

  readonly #visibilityChanged = (): void => {
    if (document.visibilityState !== 'visible' || this.#pending) return;
    if (this.#state.state !== 'running' || this.track?.readyState === 'ended') this.tryNow();
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
}
