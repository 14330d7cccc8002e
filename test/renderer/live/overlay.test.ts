/** The overlay's arithmetic: how the picture lies in its view, how boxes move, where labels and boxes go, and when. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Track, Verdict } from '../../../src-main/api';
import { intersection, type Box } from '../../../src-main/geometry';
import { fitPicture, toPicture, toView, visiblePicture } from '../../../src-renderer/live/overlay/fit';
import { Labels, type LabelWish } from '../../../src-renderer/live/overlay/labels';
import { Marker } from '../../../src-renderer/live/overlay/marks';
import { Motion } from '../../../src-renderer/live/overlay/motion';
import { Pace } from '../../../src-renderer/live/overlay/pace';

const PICTURE = { width: 1280, height: 720 };
const track = (id: number, box: Box, verdict: Verdict = 'correct'): Track => ({
  id,
  box,
  verdict,
  probabilities: { correct: 1, incorrect: 0, none: 0 },
  looks: 5,
});

describe('fitPicture', () => {
  it('fills a view of nearly the same shape and shows the whole picture in any other', () => {
    expect(fitPicture(PICTURE, { width: 1920, height: 990 }, false)?.mode).toBe('cover');
    expect(fitPicture(PICTURE, { width: 1080, height: 1920 }, false)?.mode).toBe('contain');
    expect(fitPicture(PICTURE, { width: 800, height: 800 }, false)?.mode).toBe('contain');
    expect(fitPicture(PICTURE, { width: 1920, height: 990 }, false, true)?.mode).toBe('contain');
  });

  it('has no fit before either has a size', () => {
    expect(fitPicture(PICTURE, { width: 0, height: 0 }, false)).toBeNull();
    expect(fitPicture({ width: 0, height: 0 }, PICTURE, false)).toBeNull();
  });

  it('turns boxes into the view and back, mirrored or not', () => {
    const side = fc.integer({ min: 50, max: 4000 });
    fc.assert(
      fc.property(side, side, fc.boolean(), fc.boolean(), (width, height, mirror, whole) => {
        const fit = fitPicture(PICTURE, { width, height }, mirror, whole)!;
        const box: Box = [100, 200, 300, 250];
        toPicture(fit, toView(fit, box)).forEach((n, i) => expect(n).toBeCloseTo(box[i]!, 6));
      }),
    );
  });

  it('puts the left of the picture on the right of a mirrored view', () => {
    const fit = fitPicture(PICTURE, PICTURE, true)!;
    expect(toView(fit, [0, 10, 100, 50])).toEqual([1180, 10, 100, 50]);
  });

  it('knows the part of the view that shows picture', () => {
    const fit = fitPicture(PICTURE, { width: 1280, height: 1000 }, false)!;
    expect(visiblePicture(fit)).toEqual([0, 140, 1280, 720]);
  });
});

describe('Motion', () => {
  const settle = (motion: Motion, from: number, milliseconds: number): void => {
    for (let t = from; t <= from + milliseconds; t += 16) motion.step(t);
  };

  it('glides to the newest box without passing it and then rests', () => {
    const motion = new Motion();
    motion.update([track(1, [100, 100, 80, 100])]);
    settle(motion, 0, 300);
    motion.update([track(1, [140, 100, 80, 100])]);
    let before = 100;
    for (let t = 320; t < 900; t += 16) {
      motion.step(t);
      const x = motion.faces[0]!.box[0];
      expect(x).toBeGreaterThanOrEqual(before);
      expect(x).toBeLessThanOrEqual(140);
      before = x;
    }
    expect(before).toBe(140);
    expect(motion.step(916)).toBe(false);
  });

  it('rests while the detector trembles, and follows what is more than that, however slow', () => {
    const motion = new Motion();
    motion.update([track(1, [100, 100, 80, 100])]);
    settle(motion, 0, 300);
    for (const [i, x] of [101, 99, 100.5, 98.6].entries()) {
      motion.update([track(1, [x, 100, 81, 99])]);
      expect(motion.step(316 + 16 * i)).toBe(false);
    }
    for (let x = 100; x <= 110; x += 0.5) motion.update([track(1, [x, 100, 80, 100])]);
    settle(motion, 400, 600);
    expect(motion.faces[0]!.box[0]).toBeGreaterThan(108);
  });

  it('does not sweep across the picture to a face seen far away', () => {
    const motion = new Motion();
    motion.update([track(1, [100, 100, 80, 100])]);
    settle(motion, 0, 300);
    motion.update([track(1, [900, 100, 80, 100])]);
    motion.step(320);
    expect(motion.faces[0]!.box[0]).toBe(900);
  });

  it('keeps a face that is missed for a moment, and lets one that left fade away', () => {
    const motion = new Motion();
    motion.update([track(1, [100, 100, 80, 100])]);
    settle(motion, 0, 300);
    motion.update([]);
    settle(motion, 316, 64);
    expect(motion.faces[0]!.opacity).toBeGreaterThan(0.3);
    motion.update([track(1, [102, 100, 80, 100])]);
    settle(motion, 400, 200);
    expect(motion.faces[0]!.opacity).toBe(1);
    motion.update([]);
    settle(motion, 616, 400);
    expect(motion.faces).toEqual([]);
  });

  it('shows a new verdict at once', () => {
    const motion = new Motion();
    motion.update([track(1, [100, 100, 80, 100], 'unsure')]);
    motion.update([track(1, [100, 100, 80, 100], 'none')]);
    expect(motion.faces[0]!.verdict).toBe('none');
  });
});

describe('Labels', () => {
  const area: Box = [0, 0, 1280, 600];
  const wish = (id: number, box: Box, urgency = 2): LabelWish => ({
    id,
    box,
    full: { width: 150, height: 32 },
    sign: { width: 32, height: 32 },
    urgency,
  });

  it('stands above the face where there is room, else below it', () => {
    const labels = new Labels();
    expect(labels.place([wish(1, [500, 200, 100, 120])], area)[0]!.box).toEqual([500, 164, 150, 32]);
    expect(new Labels().place([wish(1, [500, 10, 100, 120])], area)[0]!.box[1]).toBeGreaterThan(130);
  });

  it('never leaves the picture and never lies over another, however crowded', () => {
    const box = fc.tuple(
      fc.integer({ min: -60, max: 1260 }),
      fc.integer({ min: -60, max: 640 }),
      fc.integer({ min: 16, max: 600 }),
      fc.integer({ min: 16, max: 600 }),
    );
    fc.assert(
      fc.property(fc.array(box, { minLength: 1, maxLength: 24 }), (boxes) => {
        const labels = new Labels();
        const wishes = boxes.map((one, index) => wish(index, one, index % 4));
        labels.place(wishes, area);
        // The second time each label holds its place or finds another: still no overlap.
        const placed = labels.place(wishes, area);
        for (const { box: label } of placed) {
          expect(label[0]).toBeGreaterThanOrEqual(0);
          expect(label[1]).toBeGreaterThanOrEqual(0);
          expect(label[0] + label[2]).toBeLessThanOrEqual(1280);
          expect(label[1] + label[3]).toBeLessThanOrEqual(600);
        }
        placed.forEach((a, i) =>
          placed.slice(i + 1).forEach((b) => expect(intersection(a.box, b.box)).toBe(0)),
        );
      }),
    );
  });

  it('gives the most urgent face its words and the next one its sign when both do not fit', () => {
    const narrow: Box = [0, 0, 200, 120];
    const wishes = [wish(1, [20, 36, 60, 60], 2), wish(2, [90, 36, 60, 60], 0)];
    const placed = new Labels().place(wishes, narrow);
    expect(placed[0]).toMatchObject({ id: 2, full: true });
    expect(placed.find(({ id }) => id === 1)?.full ?? false).toBe(false);
  });

  it('hides no other face, and on a crowded picture only with its sign', () => {
    const faces: Box[] = [
      [100, 100, 40, 50],
      [150, 60, 40, 50],
      [160, 120, 40, 50],
      [60, 150, 40, 50],
    ];
    const wishes = faces.map((box, id) => wish(id, box));
    for (const { id, box, full } of new Labels().place(wishes, [0, 0, 400, 300])) {
      const hidden = faces.filter((face, index) => index !== id && intersection(face, box) > 0);
      if (full) expect(hidden).toEqual([]);
    }
    // Where there is room beside them, all have their words.
    const apart = [wish(1, [20, 100, 40, 50]), wish(2, [250, 100, 40, 50])];
    expect(new Labels().place(apart, [0, 0, 400, 300]).every(({ full }) => full)).toBe(true);
  });

  it('keeps its side while the face moves over the place where another side would do too', () => {
    const labels = new Labels();
    const below = labels.place([wish(1, [500, 20, 100, 120])], area)[0]!;
    expect(below.box[1]).toBe(144);
    const after = labels.place([wish(1, [500, 60, 100, 120])], area)[0]!;
    expect(after.box[1]).toBe(184);
  });
});

describe('Marker', () => {
  const fit = fitPicture(PICTURE, { width: 1000, height: 562.5 }, false)!;
  const style = { fontSize: 20, wordsWidth: () => 100 };
  const face = (box: Box, verdict: Verdict = 'correct') => ({ id: 1, box, verdict, opacity: 1 });
  const mark = (box: Box, density = 1, insets = { top: 0, bottom: 0 }) =>
    new Marker().marks([face(box)], fit, insets, style, density)[0]!;

  it('puts boxes and labels on whole pixels of the screen', () => {
    const side = fc.float({ min: 20, max: 600, noNaN: true });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(1, 1.5, 2), (x, y, width, height, density) => {
        const { box, label } = mark([x, y, width, height], density);
        for (const n of [...box, ...(label?.box.slice(0, 2) ?? [])]) {
          expect(n * density).toBeCloseTo(Math.round(n * density), 6);
        }
      }),
    );
  });

  it('keeps its size while a face only moves by whole pixels', () => {
    const sizes = [0, 64, 128].map((x) => mark([100 + x, 100, 128, 160]).box.slice(2));
    expect(sizes).toEqual([sizes[0], sizes[0], sizes[0]]);
  });

  it('keeps labels off what bars and banner hide', () => {
    const box: Box = [500, 600, 100, 100];
    expect(mark(box).label!.box[1]).toBeLessThan(mark(box).box[1]);
    const bottom = mark(box, 1, { top: 0, bottom: 200 }).label!.box;
    expect(bottom[1] + bottom[3]).toBeLessThanOrEqual(562.5 - 200);
  });

  it('has words for all verdicts but unsure', () => {
    const unsure = new Marker().marks(
      [face([500, 300, 100, 100], 'unsure')],
      fit,
      { top: 0, bottom: 0 },
      style,
      1,
    );
    expect(unsure[0]!.label?.words).toBe(false);
    expect(mark([500, 300, 100, 100]).label?.words).toBe(true);
  });
});

describe('Pace', () => {
  it('draws with the next camera frame, once, until there is nothing more to draw', () => {
    const drawn: number[] = [];
    const pace = new Pace((time) => drawn.push(time) < 2);
    pace.frame(1);
    pace.wake();
    pace.wake();
    for (const time of [2, 3, 4]) pace.frame(time);
    expect(drawn).toEqual([2, 3]);
    pace.stop();
  });

  it('draws without the camera when no frame comes', async () => {
    const times = await new Promise<number[]>((resolve) => {
      const drawn: number[] = [];
      const pace = new Pace((time) => {
        drawn.push(time);
        if (drawn.length === 2) resolve(drawn);
        return drawn.length < 2;
      });
      pace.wake();
    });
    expect(times[1]).toBeGreaterThan(times[0]!);
  });

  it('draws nothing after it was stopped', async () => {
    let drawn = 0;
    const pace = new Pace(() => ++drawn < 0);
    pace.wake();
    pace.stop();
    pace.frame(1);
    const other = new Promise<void>((resolve) => {
      const later = new Pace(() => (resolve(), false));
      later.wake();
    });
    await other;
    expect(drawn).toBe(0);
  });
});
