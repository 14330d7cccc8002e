/**
 * The camera's ups and downs. Devices are stood in for where Chromium cannot be made to lose one; time is turned by
 * hand. The last tests open Chromium's own fake device.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CameraState } from '../../../src-main/api';
import { Camera } from '../../../src-renderer/live/camera.svelte';
import { text } from '../../../src-renderer/texts.svelte';
import { DrawnMedia } from './stage-hands';

let camera: Camera;
let media: DrawnMedia;

const state = (): CameraState['state'] => camera.state.state;
/** Lets promises settle and `milliseconds` pass. */
const pass = (milliseconds = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

describe('a camera', () => {
  beforeEach(async () => {
    vi.useFakeTimers();
    media = new DrawnMedia();
    // Nobody looks at these pictures: an empty canvas is enough.
    media.stream = () => {
      const canvas = document.createElement('canvas');
      canvas.getContext('2d');
      return canvas.captureStream(0);
    };
    camera = new Camera(media);
  });
  afterEach(() => {
    camera.stop();
    vi.useRealTimers();
  });

  it('starts, then runs with its name and size', async () => {
    expect(state()).toBe('starting');
    camera.start();
    await pass();
    expect(camera.state).toEqual({
      state: 'running',
      label: 'Door camera',
      message: '',
      width: 1280,
      height: 720,
    });
    expect(camera.track?.readyState).toBe('live');
  });

  it.each([
    ['NotFoundError', 'absent', text('camera.absent')],
    ['NotAllowedError', 'denied', text('camera.denied')],
    ['NotReadableError', 'busy', text('camera.busy')],
    ['AbortError', 'failed', text('camera.failed', { reason: 'refused' })],
  ] as const)('says what %s means and comes back by itself', async (name, expected, message) => {
    media.refusal = new DOMException('refused', name);
    camera.start();
    await pass();
    expect(camera.state).toMatchObject({ state: expected, message });
    media.refusal = null;
    await pass(1000);
    expect(state()).toBe('running');
  });

  it('tries less and less often, but never less than every 5 seconds', async () => {
    const asked = vi.spyOn(media, 'getUserMedia');
    media.refusal = new DOMException('refused', 'NotReadableError');
    camera.start();
    await pass();
    const times: number[] = [];
    for (let second = 0; second < 60; second++) {
      const before = asked.mock.calls.length;
      await pass(1000);
      if (asked.mock.calls.length > before) times.push(second + 1);
    }
    expect(times).toEqual([1, 3, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57]);
  });

  it('comes back at once when a camera is plugged in', async () => {
    media.devices = [];
    camera.start();
    await pass(20_000);
    expect(state()).toBe('absent');
    media.plug([{ deviceId: 'new', label: 'New camera' }]);
    await pass();
    expect(camera.state).toMatchObject({ state: 'running', label: 'New camera' });
  });

  it('tells of a camera that is pulled out and goes on when it returns', async () => {
    camera.start();
    await pass();
    media.devices = [];
    camera.track!.dispatchEvent(new Event('ended'));
    await pass();
    expect(camera.state).toMatchObject({ state: 'lost', label: 'Door camera' });
    expect(camera.state.message).toContain('Door camera');
    expect(camera.stream).toBeNull();
    media.plug([{ deviceId: 'door', label: 'Door camera' }]);
    await pass();
    expect(state()).toBe('running');
  });

  it('waits 10 seconds for the lost camera before it takes another one', async () => {
    media.devices.push({ deviceId: 'other', label: 'Other camera' });
    camera.start();
    await pass();
    media.devices = [{ deviceId: 'other', label: 'Other camera' }];
    camera.track!.dispatchEvent(new Event('ended'));
    await pass(9000);
    expect(state()).toBe('lost');
    await pass(6500);
    expect(camera.state).toMatchObject({ state: 'running', label: 'Other camera' });
  });

  it('opens the chosen camera by its id', async () => {
    media.devices.push({ deviceId: 'gate', label: 'Gate camera' });
    camera.choose({ deviceId: 'gate', label: 'Gate camera' });
    camera.start();
    await pass();
    expect(media.opened).toEqual(['gate']);
  });

  it('knows the chosen camera by its name when its id has changed', async () => {
    media.devices.push({ deviceId: 'gate-after-update', label: 'Gate camera' });
    camera.choose({ deviceId: 'gate', label: 'Gate camera' });
    camera.start();
    await pass();
    expect(media.opened).toEqual(['gate-after-update']);
  });

  it('says that it uses another camera, and changes to the chosen one when that comes', async () => {
    camera.choose({ deviceId: 'gate', label: 'Gate camera' });
    camera.start();
    await pass();
    expect(camera.state.message).toBe(text('camera.instead', { chosen: 'Gate camera', used: 'Door camera' }));
    media.plug([...media.devices, { deviceId: 'gate', label: 'Gate camera' }]);
    await pass();
    expect(camera.state).toMatchObject({ state: 'running', label: 'Gate camera', message: '' });
  });

  it('changes camera while running, and stops the one before', async () => {
    media.devices.push({ deviceId: 'gate', label: 'Gate camera' });
    camera.start();
    await pass();
    const before = camera.track;
    camera.choose({ deviceId: 'gate', label: 'Gate camera' });
    await pass();
    expect(media.opened).toEqual(['door', 'gate']);
    expect(before?.readyState).toBe('ended');
  });

  it('opens a frozen camera again, at once and then with time between', async () => {
    camera.start();
    await pass();
    for (let second = 0; second < 10; second++) {
      camera.frameArrived();
      await pass(1000);
    }
    expect(media.opened).toHaveLength(1);
    await pass(3000);
    expect(media.opened).toHaveLength(2);
    // The second one gets its time to warm up and then stays silent too.
    await pass(7500);
    expect(camera.state).toMatchObject({
      state: 'lost',
      message: text('camera.frozen', { label: 'Door camera' }),
    });
    await pass(2000);
    expect(media.opened).toHaveLength(3);
  });

  it('opens a camera whose picture stands still again, and watches it if that does not help', async () => {
    const said = text('camera.still', { label: 'Door camera' });
    camera.start();
    await pass();
    camera.standsStill(true);
    expect(camera.state).toMatchObject({ state: 'lost', message: said });
    await pass();
    expect(media.opened).toHaveLength(2);
    expect(camera.state).toMatchObject({ state: 'running', message: '' });
    // Still the same: it is said, and tried again after a minute, then after two.
    for (const minutes of [1, 2]) {
      camera.standsStill(true);
      expect(camera.state).toMatchObject({ state: 'running', message: said });
      const opened = media.opened.length;
      for (let second = 1; second < 60 * minutes; second++) {
        camera.frameArrived();
        await pass(1000);
      }
      expect(media.opened).toHaveLength(opened);
      await pass(1000);
      expect(media.opened).toHaveLength(opened + 1);
    }
    camera.standsStill(true);
    camera.standsStill(false);
    expect(camera.state).toMatchObject({ state: 'running', message: '' });
    camera.standsStill(true);
    await pass();
    expect(camera.state).toMatchObject({ state: 'running', message: '' });
    expect(media.opened).toHaveLength(5);
  });

  it('does not take a sleep of the machine for a frozen camera', async () => {
    camera.start();
    await pass();
    // The clock jumps, as it does when timers slept: no tick came between.
    vi.setSystemTime(Date.now() + 60_000);
    const jump = performance.now() + 60_000;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => jump);
    await pass(500);
    now.mockRestore();
    expect(state()).toBe('running');
    expect(media.opened).toHaveLength(1);
  });

  it('says that a muted camera sends no picture and goes on when it does', async () => {
    camera.start();
    await pass();
    camera.track!.dispatchEvent(new Event('mute'));
    expect(camera.state).toMatchObject({
      state: 'lost',
      message: text('camera.muted', { label: 'Door camera' }),
    });
    camera.track!.dispatchEvent(new Event('unmute'));
    expect(state()).toBe('running');
    expect(media.opened).toHaveLength(1);
  });

  it('stops a stream that comes after it was closed', async () => {
    const streams: MediaStream[] = [];
    const give = media.getUserMedia.bind(media);
    vi.spyOn(media, 'getUserMedia').mockImplementation(async (constraints) => {
      const stream = await give(constraints);
      streams.push(stream);
      return stream;
    });
    camera.start();
    camera.stop();
    await pass(1000);
    expect(camera.stream).toBeNull();
    for (const stream of streams) expect(stream.getTracks()[0]?.readyState).toBe('ended');
  });

  it('says so where the page may not use cameras', async () => {
    // What `navigator.mediaDevices` is on a page that came over plain http.
    const nowhere = new Camera(null as unknown as undefined);
    nowhere.start();
    await pass();
    expect(nowhere.state.state).toBe('failed');
    expect(nowhere.state.message).toContain('not at an address that may use a camera');
    nowhere.stop();
  });
});

describe("Chromium's fake device", () => {
  it('is opened, listed by name and stopped', async () => {
    const real = new Camera();
    real.start();
    await vi.waitFor(() => expect(real.state.state).toBe('running'), { timeout: 20_000 });
    expect(real.devices.map((device) => device.label)).toContain(real.state.label);
    const track = real.track!;
    real.stop();
    expect(track.readyState).toBe('ended');
  });
});
