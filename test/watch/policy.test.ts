/** The verdict by consensus: what is said when, that it never flickers, and what must hold for any looks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASK_CLASSES, type MaskClass, type Probabilities, type Verdict } from '../../src-main/api';
import { seeded } from '../../src-main/random';
import {
  CHANGE_MS,
  Consensus,
  STALE_MS,
  SUSTAINED_LOOKS,
  UNSURE_MS,
  type PolicySettings,
} from '../../src-main/watch/policy';

const SETTINGS: PolicySettings = { verdictThreshold: 0.6, looksNeeded: 5 };

/** A network that is this sure of a class; the rest is shared by the others. */
const sure = (of: MaskClass, p: number): Probabilities =>
  Object.fromEntries(MASK_CLASSES.map((name) => [name, name === of ? p : (1 - p) / 2])) as Probabilities;

interface Shown {
  time: number;
  verdict: Verdict;
  settled: boolean;
}

/** Plays looks at a rate into a consensus; what is shown after each. */
function play(
  looks: { of: MaskClass; p: number; quality?: number }[],
  { fps = 10, settings = SETTINGS, consensus = new Consensus(), from = 0 } = {},
): Shown[] {
  return looks.map(({ of, p, quality = 1 }, i) => {
    const time = from + (i * 1000) / fps;
    const settled = consensus.look({ time, probabilities: sure(of, p), quality }, settings);
    return { time, verdict: consensus.verdict, settled };
  });
}

const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);
const changes = (shown: Shown[]) => shown.filter((s, i) => i > 0 && s.verdict !== shown[i - 1]!.verdict);

describe('a verdict', () => {
  it('is given at the look that was needed, and not before', () => {
    for (const looksNeeded of [1, 5, 12]) {
      const shown = play(times(20, { of: 'none', p: 0.9 }), { settings: { ...SETTINGS, looksNeeded } });
      expect(shown.findIndex((s) => s.verdict === 'none')).toBe(looksNeeded - 1);
      expect(shown.filter((s) => s.settled)).toHaveLength(1);
    }
  });

  it('needs looks of some worth: too small or blurred stays unsure', () => {
    const shown = play(times(50, { of: 'none', p: 0.99, quality: 0 }));
    expect(shown.every((s) => s.verdict === 'unsure')).toBe(true);
  });

  it('is not given while the network is undecided, or below the threshold', () => {
    expect(play(times(50, { of: 'none', p: 0.55 })).every((s) => s.verdict === 'unsure')).toBe(true);
    expect(play(times(50, { of: 'none', p: 0.65 })).at(-1)!.verdict).toBe('none');
    const strict = { settings: { ...SETTINGS, verdictThreshold: 0.95 } };
    expect(play(times(50, { of: 'none', p: 0.9 }), strict).every((s) => s.verdict === 'unsure')).toBe(true);
  });

  it('leans on good looks more than on poor ones', () => {
    const looks = Array.from({ length: 30 }, (_, i) =>
      i % 2 ? { of: 'correct' as const, p: 0.9, quality: 1 } : { of: 'none' as const, p: 0.9, quality: 0.1 },
    );
    expect(play(looks).at(-1)!.verdict).toBe('correct');
  });

  it('one look cannot overturn, however sure the network is of it', () => {
    const looks = [
      ...times(20, { of: 'correct' as const, p: 0.8 }),
      { of: 'none' as const, p: 1 },
      ...times(20, { of: 'correct' as const, p: 0.8 }),
    ];
    expect(changes(play(looks)).map((s) => s.verdict)).toEqual(['correct']);
  });
});

describe('a mask pulled down', () => {
  it.each([
    [10, 0.95],
    [10, 0.8],
    [15, 0.8],
    [30, 0.8],
    [60, 0.7],
  ])('is told within a second at %i looks a second of which the network is %f sure', (fps, p) => {
    const consensus = new Consensus();
    const before = play(times(10 * fps, { of: 'correct' as const, p }), { fps, consensus });
    expect(before.at(-1)!.verdict).toBe('correct');
    const shown = play(times(2 * fps, { of: 'none' as const, p }), { fps, consensus, from: 10_000 });
    const told = shown.find((s) => s.verdict === 'none')!;
    expect(told.time - 10_000).toBeLessThanOrEqual(1000);
    expect(told.settled).toBe(true);
    // Nothing else is shown in between.
    expect([...new Set(shown.map((s) => s.verdict))]).toEqual(['correct', 'none']);
  });

  it('is told after some looks even when looks are rare', () => {
    const consensus = new Consensus();
    play(times(10, { of: 'correct', p: 0.9 }), { fps: 1, consensus });
    const shown = play(times(10, { of: 'none', p: 0.9 }), { fps: 1, consensus, from: 10_000 });
    expect(shown.findIndex((s) => s.verdict === 'none')).toBeGreaterThanOrEqual(SUSTAINED_LOOKS - 1);
    expect(shown.findIndex((s) => s.verdict === 'none')).toBeLessThan(6);
  });
});

describe('a settled verdict', () => {
  it('outlasts a spell of blurred looks, then turns unsure, then comes back without settling anew', () => {
    const consensus = new Consensus();
    play(times(20, { of: 'none', p: 0.9 }), { consensus });
    const blurred = { of: 'correct' as const, p: 0.9, quality: 0 };
    const shown = play(times(60, blurred), { consensus, from: 2000 });
    const [change, ...more] = changes(shown);
    expect(more).toEqual([]);
    expect(change!.verdict).toBe('unsure');
    expect(change!.time - 1900).toBeGreaterThanOrEqual(STALE_MS + UNSURE_MS);
    expect(consensus.settled).toBe('none');
    const back = play(times(20, { of: 'none', p: 0.9 }), { consensus, from: 8000 });
    expect(back.at(-1)!.verdict).toBe('none');
    expect(back.some((s) => s.settled)).toBe(false);
  });

  it('turns unsure when the looks stop saying anything, after a while', () => {
    const consensus = new Consensus();
    play(times(20, { of: 'none', p: 0.9 }), { consensus });
    const shown = play(times(30, { of: 'none', p: 0.36 }), { consensus, from: 2000 });
    expect(changes(shown).map((s) => s.verdict)).toEqual(['unsure']);
    expect(changes(shown)[0]!.time).toBeGreaterThanOrEqual(2000 + UNSURE_MS);
  });
});

describe('never flickers', () => {
  it('under looks that alternate, however sure each is', () => {
    for (const fps of [5, 10, 15, 30])
      for (const p of [0.6, 0.8, 0.99]) {
        const looks = Array.from({ length: 20 * fps }, (_, i) => ({
          of: i % 2 ? ('correct' as const) : ('none' as const),
          p,
        }));
        expect(changes(play(looks, { fps })).length).toBeLessThanOrEqual(1);
      }
  });

  it('between two classes that are nearly level, at a threshold both reach', () => {
    const level = (lead: number): Probabilities => ({
      correct: 0.46 + lead,
      incorrect: 0.08,
      none: 0.46 - lead,
    });
    const consensus = new Consensus();
    const shown = Array.from({ length: 200 }, (_, i) => {
      const probabilities = level(Math.floor(i / 10) % 2 ? 0.03 : -0.03);
      consensus.look({ time: i * 100, probabilities, quality: 1 }, { verdictThreshold: 0.4, looksNeeded: 5 });
      return consensus.verdict;
    });
    expect(new Set(shown)).toEqual(new Set(['unsure', 'none']));
  });

  it('under a network that is right in seven looks of ten', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const next = seeded(seed);
      const looks = Array.from({ length: 600 }, () => ({
        of: next() < 0.7 ? ('correct' as const) : next() < 0.5 ? ('none' as const) : ('incorrect' as const),
        p: 0.5 + next() / 2,
      }));
      const shown = play(looks, { fps: 15 });
      const after = shown.slice(75);
      expect(new Set(after.map((s) => s.verdict).filter((v) => v !== 'unsure'))).toEqual(
        new Set(['correct']),
      );
      expect(changes(after).length).toBeLessThanOrEqual(8);
    }
  });

  const look = fc.record({
    step: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constantFrom(33, 100, 1000)),
    raw: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0, max: 1, noNaN: true }))),
    quality: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.constant(1)),
  });
  const settings = fc.record({
    verdictThreshold: fc.double({ min: 0.4, max: 0.99, noNaN: true }),
    looksNeeded: fc.integer({ min: 1, max: 30 }),
  });

  it('whatever the looks: a change is sustained, and probabilities stay a distribution', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 80 }), settings, (looks, rules) => {
        const consensus = new Consensus();
        let time = 0;
        let last: { verdict: Verdict; time: number; index: number } | null = null;
        let before: MaskClass | null = null;
        for (const [index, { step, raw, quality }] of looks.entries()) {
          time += step;
          const sum = raw[0]! + raw[1]! + raw[2]!;
          const probabilities =
            sum > 0
              ? { correct: raw[0]! / sum, incorrect: raw[1]! / sum, none: raw[2]! / sum }
              : sure('correct', 1);
          const shown = consensus.verdict;
          const settled = consensus.look({ time, probabilities, quality }, rules);
          const p = MASK_CLASSES.map((name) => consensus.probabilities[name]);
          expect(p.every((x) => x >= 0 && x <= 1)).toBe(true);
          expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
          expect(settled).toBe(consensus.settled !== before);
          before = consensus.settled;
          if (consensus.verdict === shown) continue;
          if (last) {
            expect(time - last.time).toBeGreaterThanOrEqual(
              consensus.verdict === 'unsure' ? UNSURE_MS : CHANGE_MS,
            );
            expect(index - last.index).toBeGreaterThanOrEqual(SUSTAINED_LOOKS);
          } else expect(consensus.looks).toBeGreaterThanOrEqual(rules.looksNeeded);
          last = { verdict: consensus.verdict, time, index };
        }
      }),
      { numRuns: 400 },
    );
  });

  it('the same looks give the same verdicts', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 40 }), settings, (looks, rules) => {
        const [a, b] = [new Consensus(), new Consensus()];
        let time = 0;
        for (const { step, raw, quality } of looks) {
          time += step;
          const total = raw[0]! + raw[1]! + raw[2]! + 1e-9;
          const probabilities = {
            correct: raw[0]! / total,
            incorrect: raw[1]! / total,
            none: raw[2]! / total,
          };
          expect(a.look({ time, probabilities, quality }, rules)).toBe(
            b.look({ time, probabilities, quality }, rules),
          );
          expect(a.probabilities).toEqual(b.probabilities);
        }
      }),
    );
  });
});
