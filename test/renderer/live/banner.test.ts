/** The banner's pace: urgent at once, lesser and silence after a while, never a flicker. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src-main/api';
import { BannerPace, type Announcement } from '../../../src-renderer/live/banner';

/** Feeds verdicts every 100 ms for a while and gives all that was said, repeats left out. */
function say(pace: BannerPace, from: number, milliseconds: number, verdicts: Verdict[]): Announcement[] {
  const said: Announcement[] = [];
  for (let t = from; t < from + milliseconds; t += 100) {
    const now = pace.update(verdicts, t);
    if (said.length === 0 || said.at(-1) !== now) said.push(now);
  }
  return said;
}

describe('BannerPace', () => {
  it('says nothing when nobody is there', () => {
    expect(say(new BannerPace(), 0, 3000, [])).toEqual([null]);
  });

  it('speaks of the most urgent verdict', () => {
    expect(new BannerPace().update(['correct', 'none', 'incorrect'], 0)).toBe('none');
    expect(new BannerPace().update(['correct', 'incorrect', 'unsure'], 0)).toBe('incorrect');
    expect(new BannerPace().update(['unsure', 'correct'], 0)).toBe('correct');
  });

  it('goes straight to a verdict that comes soon, without asking to wait', () => {
    const pace = new BannerPace();
    expect(say(pace, 0, 400, ['unsure'])).toEqual([null]);
    expect(say(pace, 400, 300, ['correct'])).toEqual(['correct']);
  });

  it('asks for patience, then to look at the camera, while it cannot tell', () => {
    expect(say(new BannerPace(), 0, 6000, ['unsure'])).toEqual([null, 'unsure', 'look']);
  });

  it('takes a more urgent verdict at once and a lesser one only when it stays', () => {
    const pace = new BannerPace();
    pace.update(['correct'], 0);
    expect(pace.update(['none'], 100)).toBe('none');
    expect(say(pace, 200, 500, ['correct'])).toEqual(['none']);
    expect(say(pace, 700, 100, ['none'])).toEqual(['none']);
    expect(say(pace, 800, 1500, ['correct'])).toEqual(['none', 'correct']);
  });

  it('holds through a short absence and falls silent after a longer one', () => {
    const pace = new BannerPace();
    pace.update(['incorrect'], 0);
    expect(say(pace, 100, 900, [])).toEqual(['incorrect']);
    expect(pace.update(['incorrect'], 1000)).toBe('incorrect');
    expect(say(pace, 1100, 2000, [])).toEqual(['incorrect', null]);
  });
});
