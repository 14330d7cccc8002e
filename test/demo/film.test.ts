/** Frames of a gliding view. */
import { describe, expect, it } from 'vitest';
import { fadeAt, sampleView, shotFrames, viewAt, type FilmFormat } from '../../src-main/demo/film';
import { STORYBOARD } from '../../src-main/demo/storyboard';

const FORMAT: FilmFormat = { width: 160, height: 90, fps: 30, quality: 80 };
const PHOTO = { width: 1920, height: 1400 };

describe('the view', () => {
  it('stays inside the photo, in the format’s shape, and never jumps', () => {
    for (const shot of STORYBOARD) {
      let before = viewAt(shot, 0, FORMAT, PHOTO);
      for (let frame = 0; frame < shotFrames(shot, FORMAT.fps); frame++) {
        const view = viewAt(shot, frame, FORMAT, PHOTO);
        const [x, y, width, height] = view;
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(PHOTO.width + 1e-6);
        expect(y + height).toBeLessThanOrEqual(PHOTO.height + 1e-6);
        expect(height / width).toBeCloseTo(9 / 16, 6);
        for (const k of [0, 1, 2, 3])
          expect(Math.abs(view[k]! - before[k]!)).toBeLessThan(PHOTO.width * 0.006);
        before = view;
      }
    }
  });

  it('fades in and out', () => {
    const shot = STORYBOARD[0]!;
    const last = shotFrames(shot, 30) - 1;
    expect(fadeAt(shot, 0, 30)).toBeLessThan(0.2);
    expect(fadeAt(shot, Math.round(last / 2), 30)).toBe(1);
    expect(fadeAt(shot, last, 30)).toBeLessThan(0.2);
  });

  it('samples at sub-pixel places', () => {
    const photo = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) };
    for (let i = 0; i < 64 * 48; i++) photo.data.set([(i % 64) * 4, Math.floor(i / 64) * 5, 9], i * 3);
    for (const shift of [0, 0.25, 0.5, 0.75]) {
      const out = sampleView(photo, [10 + shift, 8, 16, 9], { width: 16, height: 9 }, 1);
      expect(Math.abs(out[0]! - (10 + shift) * 4)).toBeLessThanOrEqual(1);
      expect(Math.abs(out[(4 * 16 + 7) * 3 + 1]! - 12 * 5)).toBeLessThanOrEqual(1);
    }
  });
});
