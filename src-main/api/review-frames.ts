/**
 * Whole pictures kept for review, where the site chose that too: a fair sample of what was looked at, in which a person
 * says where the faces are and how each wears its mask. Both ways of looking are measured on them (see `pipeline`).
 */
import * as v from 'valibot';
import type { Box } from '../geometry';
import { boxSchema, faceSchema, MAX_FACES } from './frames';
import { MASK_CLASSES } from './verdicts';

/** The longer side of a picture that is kept, in pixels; a larger one is shrunk. */
export const SAMPLE_SIDE = 1280;

const side = v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(SAMPLE_SIDE));

/** A picture that main asked for (`Look.sample`): the part that is looked at, and what the page's detector finds there. */
export const sampleSchema = v.pipe(
  v.strictObject({
    width: side,
    height: side,
    /** RGB, row by row. */
    data: v.instance(Uint8Array),
    /** Where the detector looked, in pixels of this picture. */
    regions: v.pipe(v.array(boxSchema), v.minLength(1), v.maxLength(32)),
    /** In pixels of this picture, down to a score of `SAMPLE_SCORE`. */
    faces: v.pipe(v.array(faceSchema), v.maxLength(MAX_FACES)),
  }),
  v.check(({ width, height, data }) => data.length === width * height * 3, 'not width × height × 3 bytes'),
);
export type Sample = v.InferOutput<typeof sampleSchema>;

/** The lowest score of what both ways of looking find in a sample: the curves that are compared go down to it. */
export const SAMPLE_SCORE = 0.05;

/** What a person says of a face in a picture: a class, or `face` where they cannot tell either. */
export const FRAME_LABELS = [...MASK_CLASSES, 'face'] as const;
export type FrameLabel = (typeof FRAME_LABELS)[number];

const markedFaceSchema = v.strictObject({ box: boxSchema, label: v.picklist(FRAME_LABELS) });
/** A face as a person marked it; in pixels of the picture. */
export type MarkedFace = v.InferOutput<typeof markedFaceSchema>;
/** All faces of a picture; none are many pictures' truth. Null: it is to be reviewed again. */
export const marksSchema = v.nullable(v.pipe(v.array(markedFaceSchema), v.maxLength(MAX_FACES)));

export const frameIdSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

/** A face that both ways of looking see alike, or (label null) not alike, or that only one of them sees. */
export interface ProposedFace {
  box: Box;
  label: FrameLabel | null;
}

export interface ReviewFrame {
  id: number;
  /** When it was seen, and when it is deleted; ISO 8601. */
  at: string;
  expires: string;
  width: number;
  height: number;
  /** Its faces: as they were marked, or as both ways of looking propose them. */
  faces: ProposedFace[];
  reviewed: boolean;
}

export interface FrameCounts {
  /** Whether whole pictures are being kept now. */
  on: boolean;
  waiting: number;
  done: number;
  /** Reviewed pictures from which on both ways of looking are compared. */
  needed: number;
  /** What the last comparison came to; null before there was one on such pictures. */
  compared: { frames: number; twoStage: number; oneShot: number } | null;
}
