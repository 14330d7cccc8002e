/** When a student does not keep up with the camera it has. */
import { describe, expect, it } from 'vitest';
import { Pace } from '../../src-main/watch/pace';

/** Ten seconds at 30 frames a second, of which `looks` were looked at and took `ms` each. */
function tenSeconds(pace: Pace, ms: number, looks = 300): (number | null)[] {
  for (let i = 0; i < looks; i++) pace.look(ms);
  return Array.from({ length: 10 }, () => pace.measured({ cameraFrames: 30, seconds: 1 }));
}

describe('pace', () => {
  it('is too slow when classifying would take most of the time, twice in a row', () => {
    const pace = new Pace();
    expect(tenSeconds(pace, 25).every((share) => share === null)).toBe(true);
    // 25 ms, 30 times a second.
    expect(tenSeconds(pace, 25).at(-1)).toBeCloseTo(0.75, 9);
  });

  it('counts what the camera gives, not what was looked at', () => {
    const pace = new Pace();
    tenSeconds(pace, 25, 100);
    expect(tenSeconds(pace, 25, 100).at(-1)).toBeCloseTo(0.75, 9);
  });

  it('is no matter of one bad while, of few faces, or of a student that keeps up', () => {
    const pace = new Pace();
    for (const ms of [25, 5, 25, 5, 5])
      expect(tenSeconds(pace, ms).every((share) => share === null)).toBe(true);
    for (let i = 0; i < 3; i++) expect(tenSeconds(pace, 25, 20).every((share) => share === null)).toBe(true);
    for (let i = 0; i < 3; i++) expect(tenSeconds(pace, 25, 0).every((share) => share === null)).toBe(true);
  });
});
