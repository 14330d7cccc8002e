/** Following faces: simulated scenes, and what must hold for any frames at all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Face } from '../../src-main/api';
import type { Box } from '../../src-main/geometry';
import { MISSED_MS, Tracker, UNSEEN_MS } from '../../src-main/watch/tracker';
import { faceAt, idsOf, meanError, PICTURE, play, WHOLE, type Path } from './scenes';

/** From one place and size to another, in seconds; still before and after. */
const walk =
  (
    from: [x: number, y: number, width: number],
    to: [x: number, y: number, width: number],
    seconds: number,
  ): Path =>
  (time) => {
    const share = Math.min(1, time / seconds);
    const at = (i: 0 | 1 | 2) => from[i] + (to[i] - from[i]) * share;
    return faceAt(at(0), at(1), at(2));
  };
const hidden =
  (path: Path, from: number, to: number): Path =>
  (time) =>
    time >= from && time < to ? null : path(time);

describe('one face', () => {
  it('keeps its id walking towards the camera, from 25 to 260 pixels', () => {
    // A steady walk from 6 m to 0.6 m: the size goes with 1 over the distance.
    const path: Path = (t) => faceAt(640 + 60 * t, 300, 156 / (6 - 1.35 * t));
    const { seen, ended } = play({ people: [path], seconds: 4, jitter: 0.04, missed: 0.1 });
    expect(idsOf(seen, 0)).toEqual([1]);
    expect(ended).toEqual([]);
  });

  it('keeps its id running past, nine face widths a second', () => {
    const { seen } = play({ people: [walk([60, 300, 90], [1220, 300, 90], 1.4)], seconds: 1.4 });
    expect(idsOf(seen, 0)).toEqual([1]);
    expect(
      play({ people: [walk([60, 300, 90], [1220, 300, 90], 1.4)], seconds: 1.4, fps: 10 }).seen.at(-1)!.track
        .id,
    ).toBe(1);
  });

  it('keeps its id when it is missed shortly, still or moving; not when longer', () => {
    for (const path of [walk([300, 300, 80], [300, 300, 80], 1), walk([200, 300, 80], [1000, 300, 80], 4)]) {
      expect(idsOf(play({ people: [hidden(path, 1.5, 1.9)], seconds: 3 }).seen, 0)).toEqual([1]);
      const long = play({ people: [hidden(path, 1.5, 2.5)], seconds: 4 });
      expect(idsOf(long.seen, 0)).toEqual([1, 2]);
      expect(long.ended.map(({ id }) => id)).toEqual([1]);
    }
  });

  it('counts misses in time, not in frames', () => {
    for (const fps of [5, 10, 30, 60])
      expect(
        idsOf(
          play({ people: [hidden(walk([300, 300, 80], [300, 300, 80], 1), 1.5, 1.9)], seconds: 3, fps }).seen,
          0,
        ),
      ).toEqual([1]);
  });

  it('is drawn steadier than it was found while still, and without lag while moving', () => {
    const still = play({
      people: [walk([300, 300, 100], [300, 300, 100], 1)],
      seconds: 6,
      fps: 30,
      jitter: 0.03,
    }).seen;
    expect(meanError(still, (s) => s.box)).toBeLessThan(0.7 * meanError(still, (s) => s.found));
    const moving = play({
      people: [walk([100, 300, 100], [1100, 300, 100], 3)],
      seconds: 3,
      fps: 15,
      jitter: 0.01,
    }).seen;
    const settled = moving.filter((s) => s.time > 0.4);
    // A plain average as smooth as ours would trail by more than a tenth of the face.
    expect(meanError(settled, (s) => s.box)).toBeLessThan(0.02);
  });

  it('ends when it walks out of the picture, without waiting for a region to cover the outside', () => {
    const out = walk([1100, 300, 100], [1400, 300, 100], 1);
    const inside: Path = (t) => (out(t)![0] + 100 > 1290 ? null : out(t));
    const { ended, seen } = play({ people: [inside], seconds: 2.5 });
    expect(idsOf(seen, 0)).toEqual([1]);
    expect(ended.map(({ id }) => id)).toEqual([1]);
  });

  it('is not believed on one weak look', () => {
    const tracker = new Tracker();
    const frame = (time: number, faces: Face[]) =>
      tracker.update({ faces, regions: [WHOLE], picture: PICTURE, time });
    const weak = { box: faceAt(300, 300, 60), score: 0.35 };
    expect(frame(1, [weak]).of[0]).toMatchObject({ id: 1, confirmed: false });
    expect(frame(34, []).ended).toHaveLength(1);
    frame(67, [weak]);
    expect(frame(100, [weak]).of[0]).toMatchObject({ id: 2, confirmed: true });
    expect(frame(133, [{ box: faceAt(800, 300, 60), score: 0.9 }]).of[0]).toMatchObject({
      id: 3,
      confirmed: true,
    });
  });

  it('found twice in one frame is one face', () => {
    const tracker = new Tracker();
    const faces = [
      { box: [100, 100, 100, 125] as Box, score: 0.9 },
      { box: [104, 103, 98, 120] as Box, score: 0.8 },
      { box: [110, 110, 50, 60] as Box, score: 0.7 },
    ];
    for (const time of [1, 34, 67]) {
      const { of } = tracker.update({ faces, regions: [WHOLE], picture: PICTURE, time });
      expect(of.filter(Boolean)).toHaveLength(1);
    }
    expect(tracker.tracks).toHaveLength(1);
  });
});

describe('several faces', () => {
  it('cross and keep their ids, the nearer hiding the farther', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const people = [
        walk([200, 310, 110], [1000, 310, 110], 2.4),
        walk([1000, 290, 90], [200, 290, 90], 2.4),
      ];
      for (const fps of [10, 15, 30]) {
        const { seen } = play({ people, seconds: 2.4, hiding: true, fps, seed });
        expect([idsOf(seen, 0), idsOf(seen, 1)]).toEqual([[1], [2]]);
      }
    }
  });

  it('pass through each other slowly and keep their ids', () => {
    const people = [walk([300, 300, 100], [700, 330, 100], 5), walk([700, 300, 80], [300, 270, 80], 5)];
    const { seen } = play({ people, seconds: 5, jitter: 0.02 });
    expect([idsOf(seen, 0), idsOf(seen, 1)]).toEqual([[1], [2]]);
  });

  it('one gone and one come elsewhere are two', () => {
    const { seen } = play({
      people: [(t) => (t < 1 ? faceAt(200, 300, 80) : null), (t) => (t >= 1 ? faceAt(500, 300, 80) : null)],
      seconds: 2,
    });
    expect([idsOf(seen, 0), idsOf(seen, 1)]).toEqual([[1], [2]]);
  });

  it('64 of them are followed at once', () => {
    const people = Array.from({ length: 64 }, (_, i): Path => {
      const [x, y] = [40 + 80 * (i % 16) - 0, 60 + 170 * Math.floor(i / 16)];
      return (t) => faceAt(x + 12 * Math.sin(2 * t + i), y + 12 * Math.cos(2 * t + i), 50);
    });
    const { seen } = play({ people, seconds: 4, missed: 0.15, jitter: 0.03 });
    people.forEach((_, person) => expect(idsOf(seen, person)).toHaveLength(1));
    expect(new Set(seen.map((s) => s.track.id)).size).toBe(64);
  });
});

describe('regions', () => {
  const tiles: Box[] = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column): Box => [column * 400, row * 220, 480, 280]),
  );

  it('looked at in turn: faces keep their ids and are not missed where nobody looked', () => {
    const people = [
      walk([120, 100, 40], [300, 130, 45], 6),
      walk([1100, 600, 35], [900, 580, 40], 6),
      walk([640, 360, 50], [640, 360, 50], 1),
    ];
    const { seen, ended } = play({ people, seconds: 6, fps: 15, regions: (frame) => [tiles[frame % 9]!] });
    people.forEach((_, person) => expect(idsOf(seen, person)).toHaveLength(1));
    expect(ended).toEqual([]);
  });

  it('a face is missed only where a region held it', () => {
    const tracker = new Tracker();
    const at = (time: number, faces: Face[], regions: Box[]) =>
      tracker.update({ faces, regions, picture: PICTURE, time });
    at(1, [{ box: faceAt(200, 200, 80), score: 0.9 }], [WHOLE]);
    for (let time = 34; time < 2 * MISSED_MS; time += 33)
      expect(at(time, [], [[640, 0, 640, 720], [0, 180, 640, 540]]).ended).toEqual([]); // prettier-ignore
    const ends: number[] = [];
    for (let time = 1000; time < 2000; time += 33)
      if (at(time, [], [[0, 0, 640, 720]]).ended.length > 0) ends.push(time);
    expect(ends).toEqual([
      expect.toSatisfy((time: number) => time >= 1000 + MISSED_MS && time < 1000 + MISSED_MS + 34),
    ]);
  });

  it('a face nobody looks for any more is given up after a while', () => {
    const tracker = new Tracker();
    tracker.update({
      faces: [{ box: faceAt(200, 200, 80), score: 0.9 }],
      regions: [WHOLE],
      picture: PICTURE,
      time: 1,
    });
    const elsewhere = { faces: [], regions: [[640, 0, 640, 720] as Box], picture: PICTURE };
    expect(tracker.update({ ...elsewhere, time: UNSEEN_MS }).ended).toEqual([]);
    expect(tracker.update({ ...elsewhere, time: UNSEEN_MS + 2 }).ended).toHaveLength(1);
  });
});

describe('whatever the frames', () => {
  const box = fc.tuple(
    fc.double({ min: -2000, max: 3000, noNaN: true }),
    fc.double({ min: -2000, max: 3000, noNaN: true }),
    fc.oneof(fc.double({ min: 1e-9, max: 3000, noNaN: true }), fc.constantFrom(40, 50, 60)),
    fc.oneof(fc.double({ min: 1e-9, max: 3000, noNaN: true }), fc.constantFrom(40, 50, 60)),
  );
  const near = fc.tuple(
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 30, max: 60 }),
    fc.integer({ min: 30, max: 60 }),
  );
  const face = fc.record({ box: fc.oneof(box, near), score: fc.double({ min: 0, max: 1, noNaN: true }) });
  const frames = fc.array(
    fc.record({
      faces: fc.array(face, { maxLength: 12 }),
      regions: fc.array(fc.oneof(fc.constant(WHOLE), box), { minLength: 1, maxLength: 3 }),
      step: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(33, 66, 4000)),
    }),
    { maxLength: 25 },
  );

  it('ids are unique in a frame, never come back, and boxes stay boxes', () => {
    fc.assert(
      fc.property(frames, (all) => {
        const tracker = new Tracker();
        const gone = new Set<number>();
        let time = 0;
        for (const { step, ...frame } of all) {
          const { of, ended } = tracker.update({ ...frame, picture: PICTURE, time: (time += step) });
          const ids = of.flatMap((track) => (track ? [track.id] : []));
          expect(new Set(ids).size).toBe(ids.length);
          expect(of).toHaveLength(frame.faces.length);
          for (const { id } of ended) gone.add(id);
          for (const track of tracker.tracks) {
            expect(gone.has(track.id)).toBe(false);
            expect(track.box.every(Number.isFinite) && track.box[2] > 0 && track.box[3] > 0).toBe(true);
          }
          const alive = tracker.tracks.map(({ id }) => id);
          expect(new Set(alive).size).toBe(alive.length);
          for (const id of ids) expect(alive).toContain(id);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("the order of a frame's faces makes no difference", () => {
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (all, random) => {
        const [plain, mixed] = [new Tracker(), new Tracker()];
        let time = 0;
        for (const { step, ...frame } of all) {
          time += step;
          const order = frame.faces
            .map((_, i) => ({ i, key: random.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ i }) => i);
          const one = plain.update({ ...frame, picture: PICTURE, time });
          const faces = order.map((i) => frame.faces[i]!);
          const other = mixed.update({ ...frame, faces, picture: PICTURE, time });
          for (const [at, i] of order.entries()) {
            // Two faces that are the same to the bit may change places.
            if (faces.filter((f) => JSON.stringify(f) === JSON.stringify(faces[at])).length > 1) continue;
            expect(other.of[at]?.id).toBe(one.of[i]?.id);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('few tracks are kept, however many faces come and go', () => {
    const tracker = new Tracker();
    for (let f = 0; f < 40; f++) {
      const faces = Array.from({ length: 64 }, (_, i) => ({
        box: faceAt(20 + 20 * i, 20 + ((f * 37) % 680), 16),
        score: 0.9,
      }));
      tracker.update({ faces, regions: [[0, 0, 1, 1]], picture: PICTURE, time: 1 + f * 10 });
      expect(tracker.tracks.length).toBeLessThanOrEqual(256);
    }
  });
});
