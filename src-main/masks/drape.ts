/**
 * The shape a mask takes on a head, for each form of mask and way of wearing it: a surface over (u, v), in the
 * head coordinates of head-pose.ts. u runs from −1 (the viewer's left edge) to 1, v from 0 (top) to 1 (bottom).
 */
import type { MaskClass } from '../api';
import type { Point3 } from './head-pose';

/** `soft` lies over the face (pleated, sewn), `beak` stands off it in a vertical fold (FFP2, KN95). */
export const MASK_FORMS = ['soft', 'beak'] as const;
export type MaskForm = (typeof MASK_FORMS)[number];

/** From the nose bridge to under the chin; below the nose; on the chin alone. */
export const WAYS_TO_WEAR = ['correct', 'below-nose', 'on-chin'] as const;
export type Worn = (typeof WAYS_TO_WEAR)[number];

/** What each way is called by who judges it. */
export const CLASS_OF = {
  correct: 'correct',
  'below-nose': 'incorrect',
  'on-chin': 'incorrect',
} as const satisfies Record<Worn, MaskClass>;

/** One line of the fabric across the face: its middle [y, z] and its end [x, y, z] (mirrored to the left). */
export interface Row {
  middle: readonly [y: number, z: number];
  end: Point3;
}
export const row = (y: number, z: number, ...end: [number, number, number]): Row => ({ middle: [y, z], end });

/** Five rows each, evenly spaced in v. The ends are where the ear loops are sewn on. */
const ROWS: Record<MaskForm, Record<Worn, readonly Row[]>> = {
  soft: {
    correct: [
      row(0.3, 0.4, 1.0, 0.46, -0.5),
      row(0.7, 0.74, 1.04, 0.68, -0.56),
      row(1.12, 0.72, 1.03, 0.92, -0.58),
      row(1.54, 0.56, 1.0, 1.16, -0.58),
      row(1.86, 0.16, 0.92, 1.4, -0.54),
    ],
    'below-nose': [
      row(0.86, 0.56, 1.0, 0.66, -0.5),
      row(1.06, 0.64, 1.03, 0.84, -0.56),
      row(1.34, 0.62, 1.01, 1.02, -0.58),
      row(1.66, 0.48, 0.98, 1.22, -0.58),
      row(1.92, 0.12, 0.9, 1.42, -0.54),
    ],
    'on-chin': [
      row(1.36, 0.46, 0.98, 0.98, -0.54),
      row(1.5, 0.54, 1.0, 1.12, -0.58),
      row(1.68, 0.5, 0.99, 1.26, -0.6),
      row(1.86, 0.32, 0.95, 1.4, -0.6),
      row(2.04, 0.0, 0.88, 1.54, -0.58),
    ],
  },
  beak: {
    correct: [
      row(0.26, 0.4, 0.98, 0.62, -0.42),
      row(0.7, 0.86, 1.04, 0.74, -0.5),
      row(1.12, 0.98, 1.04, 0.9, -0.54),
      row(1.54, 0.72, 1.0, 1.06, -0.54),
      row(1.86, 0.2, 0.92, 1.24, -0.5),
    ],
    'below-nose': [
      row(0.88, 0.6, 0.98, 0.76, -0.42),
      row(1.12, 0.86, 1.03, 0.88, -0.5),
      row(1.42, 0.88, 1.02, 1.04, -0.54),
      row(1.7, 0.62, 0.98, 1.18, -0.54),
      row(1.94, 0.14, 0.9, 1.34, -0.5),
    ],
    'on-chin': [
      row(1.36, 0.5, 0.96, 1.0, -0.48),
      row(1.54, 0.72, 1.0, 1.12, -0.54),
      row(1.74, 0.7, 0.99, 1.26, -0.58),
      row(1.92, 0.46, 0.95, 1.4, -0.58),
      row(2.1, 0.04, 0.88, 1.52, -0.56),
    ],
  },
};

/** How a row falls back from its middle: z by |u|^fall. A beak's fold is sharp, soft fabric is round. */
const FALL: Record<MaskForm, number> = { soft: 1.5, beak: 1.25 };

/** Catmull-Rom through evenly spaced values, `at` in 0…1. */
function through(values: readonly number[], at: number): number {
  const last = values.length - 1;
  const place = Math.min(Math.max(at, 0), 1) * last;
  const i = Math.min(Math.floor(place), last - 1);
  const t = place - i;
  const b = values[i]!;
  const c = values[i + 1]!;
  const a = values[i - 1] ?? 2 * b - c;
  const d = values[i + 2] ?? 2 * c - b;
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** A point of what lies on the face, in head coordinates, for u in −1…1 and v in 0…1. */
export type Surface = (u: number, v: number) => Point3;

/** The surface of a mask of this form, worn this way. */
export const drape = (form: MaskForm, worn: Worn): Surface => surfaceThrough(ROWS[form][worn], FALL[form]);

/** @param fall how rows fall back from their middles, see FALL */
export function surfaceThrough(rows: readonly Row[], fall: number): Surface {
  const middleY = rows.map((r) => r.middle[0]);
  const middleZ = rows.map((r) => r.middle[1]);
  const endX = rows.map((r) => r.end[0]);
  const endY = rows.map((r) => r.end[1]);
  const endZ = rows.map((r) => r.end[2]);
  return (u, v) => {
    const out = Math.abs(u);
    // Fabric runs back as much as aside near its ends, so x slows down there.
    const x = through(endX, v) * u * (1.15 - 0.15 * u * u);
    const y0 = through(middleY, v);
    const z0 = through(middleZ, v);
    const y = y0 + (through(endY, v) - y0) * out ** 1.4;
    const z = z0 + (through(endZ, v) - z0) * out ** fall;
    return [x, y, z];
  };
}

/** Where a loop hangs on the viewer's right ear: the top of the ear's root and below its lobe. */
export const EAR: { top: Point3; bottom: Point3 } = {
  top: [1.2, -0.1, -1.2],
  bottom: [1.16, 0.52, -1.2],
};
