/**
 * A picture as main asks for one now and then (`Look.sample`): the whole of what is looked at, with every face that the
 * detector finds there in all the regions of the reach, however unsure. Both ways of looking are compared on such pictures.
 */
import { MAX_FACES, SAMPLE_SCORE, SAMPLE_SIDE, type Sample, type Settings } from '../../src-main/api';
import type { Box } from '../../src-main/geometry';
import { correctBox } from './box-correction';
import type { FaceDetector } from './face-detector';
import { mergeDetections } from './merge';
import type { Picture } from './picture';
import { planRegions } from './regions';
import type { Shrinker } from './shrink';

export function sampleOf(
  picture: Picture,
  { reach, region }: Pick<Settings, 'reach' | 'region'>,
  detector: Pick<FaceDetector, 'detect'>,
  shrinker: Shrinker,
): Sample {
  const { first, inTurn } = planRegions(reach, region, picture);
  const regions = [...first, ...inTurn];
  const [left, top, ...looked] = first[0]!;
  const scale = Math.min(1, SAMPLE_SIDE / Math.max(...looked));
  const [width, height] = looked.map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const data = new Uint8ClampedArray(width * height * 3);
  shrinker.shrink(picture, [left, top, ...looked], { width, height }, data, 0, 3);
  const [across, down] = [width / looked[0], height / looked[1]];
  const within = ([x, y, w, h]: Box): Box => [(x - left) * across, (y - top) * down, w * across, h * down];
  const found = regions.flatMap((part) =>
    detector.detect(picture, part).map((detection) => ({ ...detection, region: part })),
  );
  const faces = mergeDetections(
    found.filter(({ score }) => score >= SAMPLE_SCORE),
    picture,
  )
    .slice(0, MAX_FACES)
    .map(({ box, score }) => ({ box: within(correctBox(box)), score: Math.min(1, score) }));
  return { width, height, data: new Uint8Array(data.buffer), regions: regions.map(within), faces };
}
