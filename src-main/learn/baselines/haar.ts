/**
 * The article's Haar cascades as a classifier (Viola & Jones 2001). The rule:
 *
 *     a mouth is found                 → none       nothing covers it
 *     no mouth, but a nose is found    → incorrect  the mask is below the nose
 *     neither                          → correct    the mask covers both
 *
 * The nose is looked for in the middle of the face, the mouth in its lower part; the face is where the face cascade
 * finds one, else where the crop's margin leaves it. A part counts as found when enough overlapping windows agree on
 * it; how many is chosen on the validation pictures.
 */
import type { MaskClass } from '../../api';
import { IMAGENET } from '../../data/augment';
import { CROP_MARGIN } from '../../geometry';
import { PARTS, type Part } from './cascades';
import { type CascadeClassifier, type Mat, type OpenCv, type Rect, openCv } from './opencv';

/** Side of the pictures in pixels: the smallest mouth the cascade knows is 25 wide. */
export const HAAR_SIZE = 160;
/** From one window size to the next. */
const SCALE_STEP = 1.1;
/** Windows that must agree on a face. */
const FACE_VOTES = 3;

/** Windows that agree on the nose and on the mouth they agree on most; 0 where there is none. */
export interface Votes {
  nose: number;
  mouth: number;
}

/** Votes from which a part counts as found. */
export type Thresholds = Votes;

/** The rule. */
export function classOf(votes: Votes, thresholds: Thresholds): MaskClass {
  if (votes.mouth >= thresholds.mouth) return 'none';
  return votes.nose >= thresholds.nose ? 'incorrect' : 'correct';
}

/** Parts of the face's box where a part is looked for: [x, y, width, height] as shares of it. */
const PLACES = { nose: [0.2, 0.3, 0.6, 0.5], mouth: [0.15, 0.55, 0.7, 0.5] } as const;

/** The face's box where the face cascade finds none. */
const MIDDLE = CROP_MARGIN / (1 + 2 * CROP_MARGIN);

export class HaarCascades {
  private constructor(
    private readonly cv: OpenCv,
    private readonly cascades: Record<Part, CascadeClassifier>,
    private readonly picture: Mat,
  ) {}

  /**
   * @param files each cascade's XML
   * @throws Error when OpenCV is not installed, or cannot read a cascade
   */
  static async open(files: Record<Part, string>): Promise<HaarCascades> {
    const { cv } = await openCv();
    const cascades = Object.fromEntries(
      PARTS.map((part) => {
        const cascade = new cv.CascadeClassifier();
        const name = `${part}.xml`;
        cv.FS_createDataFile('/', name, Buffer.from(files[part]), true, false, false);
        const loaded = cascade.load(`/${name}`);
        cv.FS_unlink(`/${name}`);
        if (!loaded) throw new Error(`OpenCV cannot read the cascade of the ${part}`);
        return [part, cascade];
      }),
    ) as Record<Part, CascadeClassifier>;
    return new HaarCascades(cv, cascades, new cv.Mat(HAAR_SIZE, HAAR_SIZE, cv.CV_8UC1));
  }

  /** @param luma HAAR_SIZE² bytes, row by row */
  votes(luma: Uint8Array): Votes {
    this.picture.data.set(luma);
    this.cv.equalizeHist(this.picture, this.picture);
    const face = this.find('face', this.picture)
      .filter(({ votes }) => votes >= FACE_VOTES)
      .sort((a, b) => b.rect.width - a.rect.width)[0]?.rect;
    const most = (part: 'nose' | 'mouth') => {
      const place = this.picture.roi(placeOf(part, face));
      try {
        return Math.max(0, ...this.find(part, place).map(({ votes }) => votes));
      } finally {
        place.delete();
      }
    };
    return { nose: most('nose'), mouth: most('mouth') };
  }

  private find(part: Part, picture: Mat): { rect: Rect; votes: number }[] {
    const [rects, votes] = [new this.cv.RectVector(), new this.cv.IntVector()];
    try {
      this.cascades[part].detectMultiScale2(picture, rects, votes, SCALE_STEP, 1);
      return Array.from({ length: rects.size() }, (_, i) => ({ rect: rects.get(i), votes: votes.get(i) }));
    } finally {
      rects.delete();
      votes.delete();
    }
  }

  close(): void {
    for (const part of PARTS) this.cascades[part].delete();
    this.picture.delete();
  }
}

/** Where in the picture a part is looked for, in whole pixels within it. */
function placeOf(part: 'nose' | 'mouth', face?: Rect): Rect {
  const side = HAAR_SIZE * (1 - 2 * MIDDLE);
  const box = face ?? { x: HAAR_SIZE * MIDDLE, y: HAAR_SIZE * MIDDLE, width: side, height: side };
  const [x, y, width, height] = PLACES[part];
  const within = (at: number) => Math.max(0, Math.min(HAAR_SIZE, Math.round(at)));
  const [left, top] = [within(box.x + x * box.width), within(box.y + y * box.height)];
  return {
    x: left,
    y: top,
    width: within(box.x + (x + width) * box.width) - left,
    height: within(box.y + (y + height) * box.height) - top,
  };
}

/** Luma bytes (BT.601) of the i-th of normalised pictures N×3×S×S. */
export function lumaOf(images: Float32Array, i: number): Uint8Array {
  const area = HAAR_SIZE ** 2;
  const luma = new Uint8Array(area);
  const weights = [0.299, 0.587, 0.114];
  for (let at = 0; at < area; at++) {
    let sum = 0;
    for (let k = 0; k < 3; k++)
      sum += weights[k]! * (images[(3 * i + k) * area + at]! * IMAGENET.std[k]! + IMAGENET.mean[k]!);
    luma[at] = Math.round(255 * sum);
  }
  return luma;
}
