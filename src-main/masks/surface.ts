/**
 * Draws a draped mask or beard as seen by the camera: the surface's triangles with a depth buffer, its ear loops as lines,
 * at several samples a pixel. Gives a small picture with coverage and no light of the scene yet (light.ts).
 */
import { fabricAt, type Artwork, type Loops, type Raster } from './artwork';
import { EAR, type Surface } from './drape';
import { project, type HeadPose, type Point3 } from './head-pose';
import { average, drawTriangle, SAMPLES, type Target, type Vertex } from './triangles';

/** A part of the photo with the mask in it: premultiplied RGB 0…255 and coverage 0…1, row by row. */
export interface Layer {
  /** Top left corner in photo pixels. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** width×height×4: red, green and blue times coverage, then coverage. */
  data: Float32Array;
}

/** Quads across and down the surface. */
const [ACROSS, DOWN] = [36, 24];
/** Photo pixels kept around the mask, for its shadow and the light's blur. */
const PADDING = 12;
/** Where the light of the drawing comes from: ahead and a little above. */
const LIGHT: Point3 = [-0.15, -0.42, 0.89];

export interface Draped {
  artwork: Artwork;
  raster: Raster;
  pose: HeadPose;
  surface: Surface;
  /** How well a loop shows at a place of the photo, 0…1: hair covers it. */
  loopShows: (x: number, y: number) => number;
}

/** Draws the mask; the layer may reach over the photo's edges. */
export function drawSurface(mask: Draped): Layer {
  const { loops: sewn } = mask.artwork;
  const loops = sewn ? [-1, 1].flatMap((side) => loopLines(mask, side)) : [];
  const seen = gridPoints(mask.surface).map((p) => project(mask.pose, p));
  const all = [...seen, ...loops.flat()];
  const left = Math.floor(Math.min(...all.map((p) => p[0]))) - PADDING;
  const top = Math.floor(Math.min(...all.map((p) => p[1]))) - PADDING;
  const width = Math.ceil(Math.max(...all.map((p) => p[0]))) + PADDING - left;
  const height = Math.ceil(Math.max(...all.map((p) => p[1]))) + PADDING - top;

  const target = {
    width: width * SAMPLES,
    height: height * SAMPLES,
    colour: new Float32Array(width * height * SAMPLES * SAMPLES * 4),
    depth: new Float32Array(width * height * SAMPLES * SAMPLES).fill(-Infinity),
  };
  const local = ([x, y, z]: Point3): Point3 => [(x - left) * SAMPLES, (y - top) * SAMPLES, z];
  if (sewn) for (const line of loops) drawLoop(target, mask, sewn, line.map(local), left, top);
  const vertices = shadedVertices(mask, seen.map(local));
  for (let j = 0; j < DOWN; j++) {
    for (let i = 0; i < ACROSS; i++) {
      const at = j * (ACROSS + 1) + i;
      const [a, b, c, d] = [at, at + 1, at + ACROSS + 1, at + ACROSS + 2].map((k) => vertices[k]!);
      drawTriangle(target, mask.raster, a!, b!, c!);
      drawTriangle(target, mask.raster, b!, d!, c!);
    }
  }
  return { left, top, width, height, data: average(target.colour, width, height) };
}

const gridPoints = (surface: Draped['surface']): Point3[] =>
  Array.from({ length: (ACROSS + 1) * (DOWN + 1) }, (_, k) =>
    surface(((k % (ACROSS + 1)) / ACROSS) * 2 - 1, Math.floor(k / (ACROSS + 1)) / DOWN),
  );

/** Vertices in drawing order, lit as soft fabric is: mostly from all around, a little from the light. */
function shadedVertices({ artwork, raster, surface, pose }: Draped, seen: Point3[]): Vertex[] {
  const step = 0.02;
  const turned = (p: Point3): Point3 => project({ ...pose, scale: 1, roll: 0, origin: [0, 0] }, p);
  return seen.map(([x, y, z], k) => {
    const u = ((k % (ACROSS + 1)) / ACROSS) * 2 - 1;
    const v = Math.floor(k / (ACROSS + 1)) / DOWN;
    const [p, across, down] = [surface(u, v), surface(u + step, v), surface(u, v + step)].map(turned);
    const n = cross(minus(across!, p!), minus(down!, p!));
    const towards = (n[0] * LIGHT[0] + n[1] * LIGHT[1] + n[2] * LIGHT[2]) / (Math.hypot(...n) || 1);
    const [s, t] = fabricAt(artwork, u, v);
    const unit = raster.width / artwork.width;
    return { x, y, z, s: s * unit, t: t * unit, shade: 0.7 + 0.36 * Math.max(0, towards) };
  });
}

const minus = (a: Point3, b: Point3): Point3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Point3, b: Point3): Point3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The two bands of a loop on one side, as lines in photo pixels; none where the head hides that ear. */
function loopLines({ surface, pose }: Draped, side: number): Point3[][] {
  if (side * pose.yaw > 0.3) return [];
  const band = (from: Point3, ear: Point3): Point3[] =>
    Array.from({ length: 9 }, (_, i) => {
      const t = i / 8;
      const sag = 0.05 * Math.sin(Math.PI * t);
      const [x, y, z] = [0, 1, 2].map((k) => from[k]! + t * (ear[k]! - from[k]!)) as [number, number, number];
      return project(pose, [side * (x + sag), y, z]);
    });
  return [band(surface(0.985, 0.03), EAR.top), band(surface(0.985, 0.97), EAR.bottom)];
}

function drawLoop(
  target: Target,
  mask: Draped,
  { colour, thickness }: Loops,
  line: Point3[],
  left: number,
  top: number,
): void {
  const radius = Math.max(0.5 * thickness * mask.pose.scale * SAMPLES, SAMPLES * 0.4);
  const [red, green, blue] = colour;
  for (let i = 0; i + 1 < line.length; i++) {
    const [a, b] = [line[i]!, line[i + 1]!];
    const shows = mask.loopShows(left + (a[0] + b[0]) / 2 / SAMPLES, top + (a[1] + b[1]) / 2 / SAMPLES);
    if (shows <= 0) continue;
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length2 = dx * dx + dy * dy || 1;
    const y1 = Math.min(target.height - 1, Math.ceil(Math.max(a[1], b[1]) + radius));
    const x1 = Math.min(target.width - 1, Math.ceil(Math.max(a[0], b[0]) + radius));
    for (let y = Math.max(0, Math.floor(Math.min(a[1], b[1]) - radius)); y <= y1; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(a[0], b[0]) - radius)); x <= x1; x++) {
        const t = Math.min(Math.max(((x - a[0]) * dx + (y - a[1]) * dy) / length2, 0), 1);
        const away = Math.hypot(x - a[0] - t * dx, y - a[1] - t * dy);
        const cover = Math.min(Math.max(radius + 0.5 - away, 0), 1) * shows;
        const at = (y * target.width + x) * 4;
        if (cover <= target.colour[at + 3]!) continue;
        const shade = (0.95 - 0.35 * (away / radius) ** 2) * cover;
        target.colour.set([red * shade, green * shade, blue * shade, cover], at);
      }
    }
  }
}
