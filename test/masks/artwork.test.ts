/** The project's own drawings: whole, and with anchors that lie where they say. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  fabricAt,
  parseArtwork,
  parseMask,
  rasterise,
  readBeards,
  readMasks,
  type MaskArtwork,
} from '../../src-main/masks/artwork';

const FOLDER = fileURLToPath(new URL('../../assets/masks', import.meta.url));
let artworks: MaskArtwork[];
beforeAll(async () => {
  artworks = await readMasks(FOLDER);
});

const SVG =
  '<svg viewBox="0 0 100 80" data-form="soft" data-bridge="50 5" data-chin="50 75" data-left-top="5 20" ' +
  'data-left-bottom="10 60" data-right-top="95 20" data-right-bottom="90 60" ' +
  'data-loop-colour="250 250 250" data-loop-thickness="0.05"><g id="loops"><path d="M0 0"/></g></svg>';

describe('mask artwork', () => {
  it('has several of each kind', () => {
    const names = artworks.map(({ name }) => name);
    for (const kind of ['surgical-', 'cloth-', 'ffp2-']) {
      expect(names.some((name) => name.startsWith(kind))).toBe(true);
    }
    expect(new Set(artworks.map(({ form }) => form))).toEqual(new Set(['soft', 'beak']));
  });

  it('is opaque between its anchors and clear outside of them', async () => {
    for (const artwork of artworks) {
      const raster = await rasterise(artwork, 100);
      const cover = (u: number, v: number): number => {
        const [x, y] = fabricAt(artwork, u, v).map((n) => Math.round((n * 100) / artwork.width));
        if (x! < 0 || y! < 0 || x! >= raster.width || y! >= raster.height) return 0;
        return raster.data[(y! * raster.width + x!) * 4 + 3]! / 255;
      };
      for (const u of [-0.9, -0.5, 0, 0.5, 0.9]) {
        for (const v of [0.08, 0.3, 0.6, 0.92]) {
          expect(cover(u, v), `${artwork.name} at ${String(u)}, ${String(v)}`).toBeGreaterThan(0.98);
        }
        expect(cover(u, -0.05), artwork.name).toBeLessThan(0.02);
        expect(cover(u, 1.05), artwork.name).toBeLessThan(0.02);
      }
      for (const u of [-1.06, 1.06]) expect(cover(u, 0.5), artwork.name).toBeLessThan(0.02);
    }
  });

  it('leaves its loops to be drawn on the head', () => {
    const { fabric, loops } = parseMask('test', SVG);
    expect(fabric).not.toContain('<path');
    expect(loops).toEqual({ colour: [250, 250, 250], thickness: 0.05 });
  });

  it('names the drawing and the attribute that is wrong', () => {
    expect(() => parseMask('torn', SVG.replace('data-chin="50 75"', ''))).toThrow(
      'artwork torn: the <svg> element lacks data-chin',
    );
    expect(() => parseMask('torn', SVG.replace('"50 75"', '"50"'))).toThrow('data-chin must be 2 numbers');
    expect(() => parseMask('torn', SVG.replace('soft', 'hard'))).toThrow('data-form must be one of');
  });

  it('says when a folder has none', async () => {
    await expect(readMasks(fileURLToPath(new URL('.', import.meta.url)))).rejects.toThrow('no artwork');
  });
});

describe('beards', () => {
  it('have hair on chin and upper lip, none on the lips, and nothing at the ears', async () => {
    const beards = await readBeards(fileURLToPath(new URL('../../assets/beards', import.meta.url)));
    expect(beards.length).toBeGreaterThan(3);
    for (const artwork of beards) {
      expect(artwork.loops).toBeNull();
      const raster = await rasterise(artwork, 100);
      /** Mean coverage around a place: single hairs leave gaps. */
      const cover = (u: number, v: number): number => {
        const [x, y] = fabricAt(artwork, u, v).map((n) => Math.round((n * 100) / artwork.width));
        let sum = 0;
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++) sum += raster.data[((y! + dy) * raster.width + x! + dx) * 4 + 3]!;
        return sum / 25 / 255;
      };
      const [chin, lip, lips] = [cover(0, 0.5), cover(0.1, 0.13), cover(0, 0.245)];
      expect(chin, artwork.name).toBeGreaterThan(0.2);
      expect(lip, artwork.name).toBeGreaterThan(0.15);
      expect(lips, artwork.name).toBeLessThan(chin / 2);
    }
  });

  it('name the drawing that is wrong', () => {
    expect(() => parseArtwork('shaved', '<svg viewBox="0 0 9 9">')).toThrow(
      'artwork shaved: the <svg> element lacks data-bridge',
    );
  });
});
