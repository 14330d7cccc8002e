/**
 * One kept picture looked at by both pipelines, as the watch would: what the page's detector found in it, judged by the
 * classifier that runs now, and what the one-shot detector finds; and from both what is proposed to whoever reviews it.
 */
import { MASK_CLASSES, SAMPLE_SCORE, type Face, type ProposedFace } from '../api';
import type { Picture } from '../data/decode';
import { suppress, type Detection } from '../detect/decode';
import type { Detector } from '../detect/detector';
import { iou, isCut, type Box } from '../geometry';
import { judge } from '../watch/both-ways';
import type { Classifier } from '../watch/classifier';
import { cutFace } from '../watch/face-crops';

/** What one pipeline found, and the name of its network. */
export interface Finds {
  model: string;
  /** In pixels of the picture. */
  found: Detection[];
}

export interface BothLooks {
  twoStage: Finds;
  oneShot: Finds;
}

/** A picture, and what the page told of it. */
export interface Looked {
  picture: Picture;
  /** What the page's detector found, and where it looked. */
  faces: readonly Face[];
  regions: readonly Box[];
}

export interface BothJudges {
  classifier: Pick<Classifier, 'card' | 'classify'>;
  detector: Detector;
}

export async function lookBothWays(
  { picture, faces, regions }: Looked,
  { classifier, detector }: BothJudges,
): Promise<BothLooks> {
  return {
    twoStage: { model: classifier.card.name, found: await judged(picture, faces, classifier) },
    oneShot: { model: detector.name, found: await foundIn(picture, regions, detector) },
  };
}

async function judged(
  picture: Picture,
  faces: readonly Face[],
  classifier: BothJudges['classifier'],
): Promise<Detection[]> {
  const { input, cropMargin } = classifier.card;
  const bytes = input.size * input.size * 3;
  const crops = new Uint8Array(faces.length * bytes);
  for (const [i, { box }] of faces.entries())
    crops.set(cutFace(picture, box, input.size, cropMargin), i * bytes);
  const answers = faces.length > 0 ? await judge(classifier, crops, faces.length) : [];
  return faces.map(({ box, score }, i) => ({
    box,
    score,
    probabilities: MASK_CLASSES.map((name) => answers[i]![name]),
  }));
}

/** One-shot looks at one region of a frame after the other; a face that is cut by a region's edge is whole in another. */
async function foundIn(picture: Picture, regions: readonly Box[], detector: Detector): Promise<Detection[]> {
  const found: Detection[] = [];
  for (const region of regions) {
    const part = partOf(picture, region);
    for (const face of await detector.find(part.data, part, SAMPLE_SCORE)) {
      const [x, y, width, height] = face.box;
      const box: Box = [x + part.left, y + part.top, width, height];
      if (!isCut({ box, region }, picture)) found.push({ ...face, box });
    }
  }
  return suppress(found);
}

/** Whole pixels of a picture under a region. */
function partOf(
  { width, height, data }: Picture,
  [x, y, w, h]: Box,
): Picture & { left: number; top: number } {
  const left = Math.max(0, Math.min(width - 1, Math.floor(x)));
  const top = Math.max(0, Math.min(height - 1, Math.floor(y)));
  const size = {
    width: Math.max(1, Math.min(width, Math.round(x + w)) - left),
    height: Math.max(1, Math.min(height, Math.round(y + h)) - top),
  };
  const part = new Uint8Array(size.width * size.height * 3);
  for (let row = 0; row < size.height; row++) {
    const from = ((top + row) * width + left) * 3;
    part.set(data.subarray(from, from + size.width * 3), row * size.width * 3);
  }
  return { left, top, ...size, data: part };
}

/** Score from which a find is shown to whoever reviews: below it hardly one is a face. */
export const SHOWN = 0.2;
/** IoU above which two finds are the same face: their boxes may be drawn differently. */
const SAME = 0.3;

const likeliest = ({ probabilities }: Detection): number => probabilities.indexOf(Math.max(...probabilities));

/**
 * What is proposed: a face that both found has the middle of their boxes, so that neither has the truth for itself, and
 * a label where they agree; one that only one of them found, or judged otherwise, has none, and a person has to say.
 */
export function proposed({ twoStage, oneShot }: BothLooks): ProposedFace[] {
  const strong = ({ found }: Finds) => found.filter(({ score }) => score >= SHOWN);
  const left = new Set(strong(oneShot));
  const faces = strong(twoStage).map((one): ProposedFace => {
    const other = [...left]
      .filter(({ box }) => iou(box, one.box) > SAME)
      .sort((a, b) => iou(b.box, one.box) - iou(a.box, one.box))[0];
    if (!other) return { box: one.box, label: null };
    left.delete(other);
    const agree = likeliest(one) === likeliest(other);
    const box = one.box.map((value, k) => (value + other.box[k]!) / 2) as Box;
    return { box, label: agree ? MASK_CLASSES[likeliest(one)]! : null };
  });
  return [...faces, ...[...left].map(({ box }): ProposedFace => ({ box, label: null }))];
}
