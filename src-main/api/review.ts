/**
 * The review queue: crops of faces that the network was unsure of or that changed verdict, kept for a few days when
 * the site asked for it, labelled by a person, and learnt from.
 */
import * as v from 'valibot';
import type { FrameCounts } from './review-frames';
import { MASK_CLASSES, type Counts, type MaskClass, type Probabilities } from './verdicts';

/** Why a face was kept. */
export const REVIEW_REASONS = ['unsure', 'changed'] as const;
export type ReviewReason = (typeof REVIEW_REASONS)[number];

/** What a person says of a face: a class, or that they cannot tell either. */
export const REVIEW_LABELS = [...MASK_CLASSES, 'skipped'] as const;
export type ReviewLabel = (typeof REVIEW_LABELS)[number];

export interface ReviewFace {
  id: number;
  /** When it was seen, and when it is deleted; ISO 8601. */
  at: string;
  expires: string;
  /** Faces of one visit share it; it says nothing of who it was. */
  visit: string;
  reason: ReviewReason;
  /** The likeliest class of this very look, which is what a label confirms or corrects. */
  guess: MaskClass;
  probabilities: Probabilities;
  /** Null until somebody looked at it. */
  label: ReviewLabel | null;
  /** Whether its visit is kept out of training, for the comparison. */
  holdout: boolean;
}

const day = v.pipe(v.string(), v.isoDate());
const faceId = v.pipe(v.number(), v.integer(), v.minValue(1));
export const faceIdsSchema = v.pipe(v.array(faceId), v.minLength(1), v.maxLength(5000));
/** Ids in one call for crops. */
export const MOST_CROPS = 200;
export const cropIdsSchema = v.pipe(v.array(faceId), v.maxLength(MOST_CROPS));

export const reviewFilterSchema = v.strictObject({
  /** `waiting`: nobody has looked at it. `done`: labelled with a class. */
  state: v.optional(v.picklist(['all', 'waiting', 'done', 'skipped']), 'all'),
  label: v.optional(v.picklist(MASK_CLASSES)),
  guess: v.optional(v.picklist(MASK_CLASSES)),
  reason: v.optional(v.picklist(REVIEW_REASONS)),
  /** Only those whose label is not what the network guessed. */
  corrected: v.optional(v.boolean()),
  /** Days of the machine's own time, both included. */
  from: v.optional(day),
  to: v.optional(day),
  /** `unsure`: the least certain first. */
  order: v.optional(v.picklist(['newest', 'oldest', 'unsure']), 'newest'),
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 200),
});
export type ReviewFilter = v.InferInput<typeof reviewFilterSchema>;

export interface ReviewPage {
  faces: ReviewFace[];
  /** How many the filter lets through altogether. */
  total: number;
}

/** A crop as PNG. */
export interface ReviewCrop {
  id: number;
  png: Uint8Array;
}

export interface ReviewCounts {
  /** Whether faces are being kept now. */
  on: boolean;
  waiting: number;
  /** Labelled with a class. */
  done: Counts;
  skipped: number;
  /** Bytes of pictures on the disk. */
  bytes: number;
  /** When the next face is deleted for its age; null when there is none. ISO 8601. */
  nextExpiry: string | null;
  /** How many labels can be undone. */
  undoable: number;
  /** The whole pictures beside the faces; their bytes and expiry are in the figures above. */
  frames: FrameCounts;
}
