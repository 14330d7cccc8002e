/** Training pictures composed of scenes: the boxes stay on what they were drawn around. */
import { describe, expect, it } from 'vitest';
import { SceneComposer, seenFace } from '../../src-main/data/scene-view';
import type { SceneFace } from '../../src-main/data/scenes';
import type { Box } from '../../src-main/geometry';
import { seeded } from '../../src-main/random';

/** A dark picture with a bright rectangle where its one face is. */
function marked(box: Box, label: SceneFace['label'] = 'none', side = 120) {
  const data = new Uint8Array(side * side * 3).fill(30);
  const [x, y, w, h] = box;
  for (let row = y; row < y + h; row++) data.fill(250, (row * side + x) * 3, (row * side + x + w) * 3);
  return { picture: { width: side, height: side, data }, faces: [{ box, label }] };
}

/** Mean brightness of a part of a picture, less a margin. */
function brightness(pixels: Uint8Array, size: number, [x, y, w, h]: Box): number {
  let [sum, n] = [0, 0];
  for (let row = Math.ceil(y + 1); row < y + h - 2; row++)
    for (let column = Math.ceil(x + 1); column < x + w - 2; column++, n++)
      sum += pixels[(row * size + column) * 3]!;
  return sum / n;
}

describe('composed pictures', () => {
  const composer = new SceneComposer(160);
  const one = marked([40, 30, 24, 30]);

  it.each([1, 4])('keep boxes on the faces of %i scenes', (count) => {
    let seen = 0;
    for (let seed = 0; seed < 30; seed++) {
      const scenes = Array.from({ length: count }, () => one);
      const { pixels, faces } = composer.compose(scenes, [], seeded(seed));
      for (const { box } of faces) {
        seen += 1;
        if (Math.min(box[2], box[3]) >= 10)
          expect(brightness(pixels, 160, box), `seed ${seed}`).toBeGreaterThan(140);
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('give the same picture for the same seed', () => {
    const first = composer.compose([one], [], seeded(3)).pixels.slice();
    expect(composer.compose([one], [], seeded(3)).pixels).toEqual(first);
    expect(composer.compose([one], [], seeded(4)).pixels).not.toEqual(first);
  });

  it('paste faces where there are none, with their label', () => {
    const donor = marked([50, 50, 30, 40], 'incorrect');
    let pasted = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { pixels, faces } = composer.compose(
        [one],
        [{ picture: donor.picture, face: donor.faces[0]! }],
        seeded(seed),
      );
      const found = faces.filter(({ label }) => label === 'incorrect');
      pasted += found.length;
      for (const { box } of found)
        if (Math.min(box[2], box[3]) >= 14) expect(brightness(pixels, 160, box)).toBeGreaterThan(110);
    }
    expect(pasted).toBeGreaterThan(5);
  });
});

describe('a face that is cut off', () => {
  const placement = { region: [0, 0, 100, 100] as Box, scale: 1, mirrored: false, x: 0, y: 0 };
  const at = (x: number, side = 20): SceneFace => ({ box: [x, 40, side, side], label: 'correct' });
  it('counts while half of it is left, then is ignored, then is not there', () => {
    expect(seenFace(at(88), placement)).toEqual({ box: [88, 40, 12, 20], label: 'correct' });
    expect(seenFace(at(94), placement)?.label).toBe('ignore');
    expect(seenFace(at(99), placement)).toBeNull();
    expect(seenFace(at(200), placement)).toBeNull();
  });
  it('is ignored where it is too small to be seen', () => {
    expect(seenFace(at(50, 3), placement)?.label).toBe('ignore');
  });
  it('lies on the other side of a mirrored picture', () => {
    expect(seenFace(at(10), { ...placement, mirrored: true, x: 100 })?.box).toEqual([70, 40, 20, 20]);
  });
});
