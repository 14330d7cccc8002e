/**
 * Draws a draped mask as seen by the camera: the surface's triangles with a depth buffer, its ear loops as lines,
 * at several samples a pixel. Gives a small picture with coverage and no light of the scene yet (light.ts).
 */
import { fabricAt, type MaskArtwork, type Raster } from './artwork';
import { EAR } from './drape';
import { project, type HeadPose, type Point3 } from './head-pose';

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
/** Samples a pixel in each direction. */
const SAMPLES = 3;
/** Photo pixels kept around the mask, for its shadow and the light's blur. */
const PADDING = 12;
/** Where the light of the drawing comes from: ahead and a little above. */
const LIGHT: Point3 = [-0.15, -0.42, 0.89];

interface Vertex {
  /** Pixels in the sampled layer, and depth. */
  x: number;
  y: number;
  z: number;
  /** Place in the raster, in its pixels. */
  s: number;
  t: number;
  shade: number;
}

export interface Draped {
  artwork: MaskArtwork;
  raster: Raster;
  pose: HeadPose;
  /** The surface in head coordinates, over u in −1…1 and v in 0…1. */
  surface: (u: number, v: number) => Point3;
  /** How well a loop shows at a place of the photo, 0…1: hair covers it. */
  loopShows: (x: number, y: number) => number;
}

/** Draws the mask; the layer may reach over the photo's edges. */
export function drawSurface(mask: Draped): Layer {
  const loops = [-1, 1].flatMap((side) => loopLines(mask, side));
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
  for (const line of loops) drawLoop(target, mask, line.map(local), left, top);
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

interface Target {
  width: number;
  height: number;
  colour: Float32Array;
  depth: Float32Array;
}

function drawTriangle(target: Target, raster: Raster, a: Vertex, b: Vertex, c: Vertex): void {
  const area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  // Seen from behind: the far cheek's side, which the face itself hides.
  if (area <= 1e-6) return;
  const x0 = Math.max(0, Math.floor(Math.min(a.x, b.x, c.x) - 0.5));
  const x1 = Math.min(target.width - 1, Math.ceil(Math.max(a.x, b.x, c.x) - 0.5));
  const y0 = Math.max(0, Math.floor(Math.min(a.y, b.y, c.y) - 0.5));
  const y1 = Math.min(target.height - 1, Math.ceil(Math.max(a.y, b.y, c.y) - 0.5));
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const [px, py] = [x + 0.5, y + 0.5];
      const wb = ((px - a.x) * (c.y - a.y) - (c.x - a.x) * (py - a.y)) / area;
      const wc = ((b.x - a.x) * (py - a.y) - (px - a.x) * (b.y - a.y)) / area;
      const wa = 1 - wb - wc;
      if (wa < -1e-6 || wb < -1e-6 || wc < -1e-6) continue;
      const z = wa * a.z + wb * b.z + wc * c.z;
      const at = y * target.width + x;
      if (z <= target.depth[at]!) continue;
      const s = wa * a.s + wb * b.s + wc * c.s;
      const t = wa * a.t + wb * b.t + wc * c.t;
      const shade = wa * a.shade + wb * b.shade + wc * c.shade;
      if (over(target.colour, at * 4, raster, s, t, shade)) target.depth[at] = z;
    }
  }
}

/** Lays the raster's colour at (s, t), bilinear, over a sample; says whether it covers the most of it. */
function over(
  colour: Float32Array,
  at: number,
  raster: Raster,
  s: number,
  t: number,
  shade: number,
): boolean {
  const x = Math.min(Math.max(s - 0.5, 0), raster.width - 1.001);
  const y = Math.min(Math.max(t - 0.5, 0), raster.height - 1.001);
  const [ix, iy] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - ix, y - iy];
  const corner = (iy * raster.width + ix) * 4;
  const corners = [corner, corner + 4, corner + raster.width * 4, corner + raster.width * 4 + 4];
  const weights = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let k = 0; k < 4; k++) {
    const from = corners[k]!;
    const cover = (weights[k]! * raster.data[from + 3]!) / 255;
    red += cover * raster.data[from]!;
    green += cover * raster.data[from + 1]!;
    blue += cover * raster.data[from + 2]!;
    alpha += cover;
  }
  const rest = 1 - alpha;
  colour[at] = red * shade + colour[at]! * rest;
  colour[at + 1] = green * shade + colour[at + 1]! * rest;
  colour[at + 2] = blue * shade + colour[at + 2]! * rest;
  colour[at + 3] = alpha + colour[at + 3]! * rest;
  return alpha > 0.5;
}

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

function drawLoop(target: Target, mask: Draped, line: Point3[], left: number, top: number): void {
  const radius = Math.max(0.5 * mask.artwork.loops.thickness * mask.pose.scale * SAMPLES, SAMPLES * 0.4);
  const [red, green, blue] = mask.artwork.loops.colour;
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

/** Means of SAMPLES×SAMPLES samples. */
function average(samples: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height * 4);
  const share = 1 / (SAMPLES * SAMPLES);
  for (let y = 0; y < height * SAMPLES; y++) {
    for (let x = 0; x < width * SAMPLES; x++) {
      const from = (y * width * SAMPLES + x) * 4;
      const to = (Math.floor(y / SAMPLES) * width + Math.floor(x / SAMPLES)) * 4;
      for (let k = 0; k < 4; k++) out[to + k]! += samples[from + k]! * share;
    }
  }
  return out;
}
