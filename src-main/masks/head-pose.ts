/**
 * Where a head is and which way it looks, from the detector's six keypoints: a rigid head model fitted under
 * weak perspective (one scale, three angles, a shift) by damped Gauss-Newton. Pure arithmetic.
 *
 * Head coordinates: the distance between the eyes is 1, the origin lies between them; x to the viewer's right,
 * y down, z towards the viewer.
 */

export type Point = readonly [x: number, y: number];
export type Point3 = readonly [x: number, y: number, z: number];

/** Viewer-left eye, viewer-right eye, nose tip, mouth, left tragion, right tragion, as the detector gives them. */
const MODEL: readonly Point3[] = [
  [-0.5, 0, 0],
  [0.5, 0, 0],
  [0, 0.66, 0.55],
  [0, 1.08, 0.36],
  [-1.15, 0.2, -1.15],
  [1.15, 0.2, -1.15],
];

/** The detector is sure of eyes and nose; hair hides the ears, and masks and laughter move the mouth. */
const WEIGHTS = [1, 1, 1, 0.7, 0.3, 0.3] as const;
/** How strongly turned and nodding heads are doubted, in eye distances a radian. */
const DOUBT = { yaw: 0.05, pitch: 0.2 } as const;

export interface HeadPose {
  /** Eye distance of this head seen from the front, in picture pixels. */
  scale: number;
  /** Radians; positive when the head looks to the viewer's right. */
  yaw: number;
  /** Radians; positive when the head looks down. */
  pitch: number;
  /** Radians; positive when the head leans clockwise in the picture. */
  roll: number;
  /** Where the point between the eyes is in the picture. */
  origin: Point;
}

/** A head's point in picture pixels, with its depth (pixels, greater is nearer). */
export function project(pose: HeadPose, [x, y, z]: Point3): Point3 {
  const [sy, cy] = [Math.sin(pose.yaw), Math.cos(pose.yaw)];
  const [sp, cp] = [Math.sin(pose.pitch), Math.cos(pose.pitch)];
  const [sr, cr] = [Math.sin(pose.roll), Math.cos(pose.roll)];
  const x1 = x * cy + z * sy;
  const z1 = z * cy - x * sy;
  const y2 = y * cp + z1 * sp;
  const z2 = z1 * cp - y * sp;
  return [
    pose.origin[0] + pose.scale * (x1 * cr - y2 * sr),
    pose.origin[1] + pose.scale * (x1 * sr + y2 * cr),
    pose.scale * z2,
  ];
}

type Parameters = [scale: number, yaw: number, pitch: number, roll: number, x: number, y: number];

const poseOf = ([scale, yaw, pitch, roll, x, y]: Parameters): HeadPose => ({
  scale: Math.exp(scale),
  yaw,
  pitch,
  roll,
  origin: [x, y],
});

/** Misfit in eye distances, and the doubts. `unit` is the eye distance that residuals are divided by. */
function residuals(parameters: Parameters, keypoints: readonly Point[], unit: number): number[] {
  const pose = poseOf(parameters);
  const out: number[] = [];
  for (const [i, model] of MODEL.entries()) {
    const [x, y] = project(pose, model);
    const seen = keypoints[i] as Point;
    const weight = (WEIGHTS[i] as number) / unit;
    out.push((x - seen[0]) * weight, (y - seen[1]) * weight);
  }
  out.push(pose.yaw * DOUBT.yaw, pose.pitch * DOUBT.pitch);
  return out;
}

/** Solves the symmetric system a·x = b (n×n, row by row) by elimination with pivoting. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length;
  const rows = a.map((row, i) => [...row, b[i] as number]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) {
      if (Math.abs(rows[r]![c]!) > Math.abs(rows[pivot]![c]!)) pivot = r;
    }
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = rows[r]![c]! / rows[c]![c]!;
      for (let k = c; k <= n; k++) rows[r]![k]! -= factor * rows[c]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/**
 * Fits the head to the keypoints.
 *
 * @param keypoints viewer-left eye, viewer-right eye, nose tip, mouth, left tragion, right tragion, in pixels
 * @throws Error when there are not six of them or both eyes are in one place
 */
export function fitHead(keypoints: readonly Point[]): HeadPose {
  const [left, right, nose] = keypoints;
  if (!left || !right || !nose || keypoints.length !== MODEL.length) {
    throw new Error(`a face needs ${String(MODEL.length)} keypoints, not ${String(keypoints.length)}`);
  }
  const [dx, dy] = [right[0] - left[0], right[1] - left[1]];
  const eyes = Math.hypot(dx, dy);
  if (!(eyes > 0)) throw new Error('both eyes of the face are in one place');

  const middle: Point = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
  const aside = ((nose[0] - middle[0]) * dx + (nose[1] - middle[1]) * dy) / (eyes * eyes);
  const yaw = Math.atan2(aside, 0.55);
  let best: Parameters = [
    Math.log(eyes / Math.max(Math.cos(yaw), 0.4)),
    yaw,
    0,
    Math.atan2(dy, dx),
    middle[0],
    middle[1],
  ];
  let misfit = norm(residuals(best, keypoints, eyes));
  let damping = 1e-3;
  for (let step = 0; step < 40 && damping < 1e6; step++) {
    const { gram, gradient } = normalEquations(best, keypoints, eyes);
    for (const [i, row] of gram.entries()) row[i]! *= 1 + damping;
    const move = solve(gram, gradient);
    const next = best.map((p, i) => p - move[i]!) as Parameters;
    const nextMisfit = norm(residuals(next, keypoints, eyes));
    if (nextMisfit < misfit) {
      const done = misfit - nextMisfit < 1e-10;
      [best, misfit, damping] = [next, nextMisfit, damping / 4];
      if (done) break;
    } else damping *= 8;
  }
  return poseOf(best);
}

const norm = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);

function normalEquations(at: Parameters, keypoints: readonly Point[], unit: number) {
  const base = residuals(at, keypoints, unit);
  const steps = [1e-5, 1e-5, 1e-5, 1e-5, unit * 1e-5, unit * 1e-5];
  const columns = steps.map((step, i) => {
    const moved = at.with(i, at[i]! + step) as Parameters;
    return residuals(moved, keypoints, unit).map((value, r) => (value - base[r]!) / step);
  });
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return {
    gram: columns.map((a) => columns.map((b) => dot(a, b))),
    gradient: columns.map((a) => dot(a, base)),
  };
}
