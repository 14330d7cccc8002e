/** What pages send: frames with their faces, the camera's state, what was measured, what went wrong. */
import * as v from 'valibot';
import { share } from './metrics';

const name = v.pipe(v.string(), v.maxLength(512));

/** Faces in one message; a crowd beyond it is cut to the best scores by the renderer. */
export const MAX_FACES = 64;

/** A frame of a film, counted from 0. */
export const filmFrameSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));

const finite = v.pipe(v.number(), v.finite());
const pixels = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16384));
export const boxSchema = v.pipe(
  v.tuple([finite, finite, finite, finite]),
  v.check((box) => box[2] > 0 && box[3] > 0 && box.every((n) => Math.abs(n) <= 65536), 'not a box'),
);
export const faceSchema = v.strictObject({
  /** Corrected to annotation style (see src-renderer/vision/box-correction.ts); may reach over the edge. */
  box: boxSchema,
  /** The detector's score, 0 to 1. */
  score: share,
});
export type Face = v.InferOutput<typeof faceSchema>;

/** What the renderer saw in one camera frame. */
export const frameSchema = v.strictObject({
  /** Counts up within a page. */
  id: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** When the camera's frame reached the page, in milliseconds since the epoch (not a whole number). */
  time: finite,
  width: pixels,
  height: pixels,
  /** Where the detector looked this time; a known face outside all of them was not missed. */
  regions: v.pipe(v.array(boxSchema), v.minLength(1), v.maxLength(32)),
  faces: v.pipe(v.array(faceSchema), v.maxLength(MAX_FACES)),
  /** The faces' crops one after another, each size×size×3 bytes, RGB, row by row, size as in `Status.model`. */
  crops: v.instance(Uint8Array),
  /**
   * Instead of faces and crops, for the one-shot pipeline: the one region that is looked at, in the size that
   * `Status.pipeline.takes` asks for (`fittedSize` of geometry.ts), RGB, row by row.
   */
  picture: v.optional(v.strictObject({ width: pixels, height: pixels, data: v.instance(Uint8Array) })),
  /** Which frame of a film it is, where every frame is looked at: the film's time counts then, not the clock's. */
  film: v.optional(filmFrameSchema),
});
export type Frame = v.InferOutput<typeof frameSchema>;

/** The camera as the page finds it. All but `running` say in `message` what happened and what is being done. */
export const cameraStateSchema = v.strictObject({
  state: v.picklist(['starting', 'running', 'absent', 'denied', 'busy', 'lost', 'failed']),
  label: name,
  message: name,
  width: v.optional(pixels),
  height: v.optional(pixels),
});
export type CameraState = v.InferOutput<typeof cameraStateSchema>;

/** What the page measured since it last told, about once a second. */
export const measurementsSchema = v.strictObject({
  /** Camera frames that arrived, and how many of them were looked at. */
  cameraFrames: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000)),
  frames: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000)),
  seconds: v.pipe(v.number(), v.minValue(0), v.maxValue(3600)),
  /** For each frame whose verdicts were drawn: milliseconds from its arrival to that drawing. */
  ages: v.pipe(v.array(v.pipe(v.number(), v.minValue(0))), v.maxLength(1000)),
  /** Milliseconds the detector took, one a frame. */
  detectMs: v.pipe(v.array(v.pipe(v.number(), v.minValue(0))), v.maxLength(1000)),
});
export type Measurements = v.InferOutput<typeof measurementsSchema>;

export const faultSchema = v.strictObject({
  /** The part of the page it happened in, e.g. `detector`. */
  where: name,
  message: v.pipe(v.string(), v.maxLength(4000)),
});
export type Fault = v.InferOutput<typeof faultSchema>;

const photoFaceSchema = v.strictObject({
  ...faceSchema.entries,
  /** Viewer-left eye, viewer-right eye, nose tip, mouth, left tragion, right tragion: [x, y] in photo pixels. */
  keypoints: v.pipe(v.array(v.tuple([finite, finite])), v.length(6)),
});
export type PhotoFace = v.InferOutput<typeof photoFaceSchema>;

/** The faces found in one still photo, best score first, with their crops as in `Frame`. */
export const photoFacesSchema = v.strictObject({
  width: pixels,
  height: pixels,
  faces: v.pipe(v.array(photoFaceSchema), v.maxLength(2000)),
  crops: v.instance(Uint8Array),
});
export type PhotoFaces = v.InferOutput<typeof photoFacesSchema>;
