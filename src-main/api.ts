/**
 * The contract between main and its pages: what each side may call on the other, the data that crosses and
 * the schemas that everything entering main is checked against. Free of Node, Electron and the DOM, so that
 * both sides can import it. Boxes are [x, y, width, height] in pixels of the picture (see geometry.ts).
 */
import * as v from 'valibot';
import type { Box } from './geometry';

// ---------------------------------------------------------------------------------------------- verdicts

/** The classes of the network, in the order of its outputs. */
export const MASK_CLASSES = ['correct', 'incorrect', 'none'] as const;
export type MaskClass = (typeof MASK_CLASSES)[number];

/** What maskwatch says of a face: a class, or `unsure` while it is too small, blurred or undecided. */
export type Verdict = MaskClass | 'unsure';

/** One probability a class; they sum to 1. */
export type Probabilities = Record<MaskClass, number>;

// ---------------------------------------------------------------------------------------------- settings

/** Where the detector looks for faces: see src-renderer/vision/regions.ts. */
export const REACHES = ['near', 'centre', 'region', 'far'] as const;
export type Reach = (typeof REACHES)[number];

/** Execution providers a user can ask for; `auto` times those that load and takes the fastest. */
export const PROVIDERS = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type ProviderChoice = (typeof PROVIDERS)[number];
export type Provider = Exclude<ProviderChoice, 'auto'>;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const name = v.pipe(v.string(), v.maxLength(512));

export const settingsSchema = v.strictObject({
  version: v.literal(1),
  /** Camera: the browser's device id and the name shown for it; null takes the system's default. */
  camera: v.nullable(v.strictObject({ deviceId: name, label: name })),
  reach: v.picklist(REACHES),
  /** For reach `region`: the rectangle to look in, as shares of the picture: [x, y, width, height]. */
  region: v.nullable(
    v.pipe(
      v.tuple([share, share, share, share]),
      v.check((r) => r[2] > 0 && r[3] > 0, 'an empty region'),
    ),
  ),
  /** Lowest detector score that counts as a face, 0 to 1. Masks lower it: see DESIGN "threshold about 0.3". */
  detectorThreshold: v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.95)),
  /** How sure the consensus must be before a verdict is given, as a probability, 0.4 to 0.99. */
  verdictThreshold: v.pipe(v.number(), v.minValue(0.4), v.maxValue(0.99)),
  /** Looks at a face before a verdict is given, 1 to 30. */
  looksNeeded: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(30)),
  /** Faces with a shorter side below this many picture pixels stay `unsure`. */
  minFacePixels: v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(400)),
  provider: v.picklist(PROVIDERS),
  /** Show the picture as in a mirror. */
  mirror: v.boolean(),
});
export type Settings = v.InferOutput<typeof settingsSchema>;

export const settingsPatchSchema = v.partial(v.omit(settingsSchema, ['version']));
export type SettingsPatch = v.InferOutput<typeof settingsPatchSchema>;

// ---------------------------------------------------------------------------------------- what pages send

/** Faces in one message; a crowd beyond it is cut to the best scores by the renderer. */
export const MAX_FACES = 64;

const finite = v.pipe(v.number(), v.finite());
const pixels = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16384));
const boxSchema = v.pipe(
  v.tuple([finite, finite, finite, finite]),
  v.check((box) => box[2] > 0 && box[3] > 0 && box.every((n) => Math.abs(n) <= 65536), 'not a box'),
);
const faceSchema = v.strictObject({
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

// ---------------------------------------------------------------------------------------- what main sends

/** A face followed over frames. */
export interface Track {
  /** Stable while the face stays in view; never used again. */
  id: number;
  box: Box;
  verdict: Verdict;
  /** The consensus over its looks. */
  probabilities: Probabilities;
  /** How many looks the consensus stands on. */
  looks: number;
}

/** Faces counted once each, by their latest settled verdict, since the app started. */
export type Counts = Record<MaskClass, number>;

/** Main's answer to a frame. */
export interface Look {
  id: number;
  tracks: Track[];
  counts: Counts;
}

/** What runs now; shown on the live page. */
export interface Status {
  version: string;
  source: { kind: 'camera' | 'file' | 'demo'; name: string };
  model: { name: string; inputSize: number; cropMargin: number };
  provider: {
    name: Provider;
    /** Why this one, in a sentence, e.g. "fastest of cpu 5200, webgpu 900 crops/s". */
    reason: string;
    /** Set when the asked-for or fastest one failed while running and CPU took over. */
    fellBack: boolean;
  };
}

/** Main's answer to a page that comes up. */
export interface Start {
  settings: Settings;
  status: Status;
  counts: Counts;
}

/** A settled verdict, first or changed; what `monitor --json` prints a line for. */
export interface VerdictEvent {
  type: 'verdict';
  /** ISO 8601. */
  at: string;
  /** Seconds from the camera's start to the frame that settled it. */
  seconds: number;
  track: number;
  verdict: MaskClass;
  /** The verdict it had before, or null at first. */
  before: MaskClass | null;
  probabilities: Probabilities;
  looks: number;
  box: Box;
}

/** What `monitor` ends with. */
export interface Summary {
  type: 'summary';
  /** Frames looked at, and camera frames that arrived. */
  frames: number;
  cameraFrames: number;
  seconds: number;
  /** Frames looked at a second. */
  fps: number;
  cameraFps: number;
  /** Different faces (tracks) seen. */
  faces: number;
  verdicts: Counts;
  /** Camera frame's arrival → its verdicts drawn; null when nothing was drawn. */
  latencyMs: { p50: number; p95: number } | null;
  provider: Provider;
  model: string;
}

// ------------------------------------------------------------------------------------------- who calls what

/** Functions a page may call in main. Their arguments are checked with `mainArguments` before they run. */
export interface MainFunctions {
  hello(): Start;
  look(frame: Frame): Promise<Look>;
  cameraChanged(state: CameraState): void;
  measured(measurements: Measurements): void;
  changeSettings(patch: SettingsPatch): Promise<Settings>;
  fault(fault: Fault): void;
}

/** Schema of each function's argument list. A name that is not here cannot be called. */
export const mainArguments = {
  hello: v.strictTuple([]),
  look: v.strictTuple([frameSchema]),
  cameraChanged: v.strictTuple([cameraStateSchema]),
  measured: v.strictTuple([measurementsSchema]),
  changeSettings: v.strictTuple([settingsPatchSchema]),
  fault: v.strictTuple([faultSchema]),
} satisfies Record<keyof MainFunctions, v.GenericSchema>;

/** Functions main may call in a live page. */
export interface LivePageFunctions {
  settingsChanged(settings: Settings): void;
  statusChanged(status: Status): void;
}

/** Functions main may call in the photos page, which finds faces in stills for `classify` and `import`. */
export interface PhotosPageFunctions {
  /**
   * @param photo the bytes of a JPEG, PNG or WebP file
   * @param cropSize side of the crops in pixels; 0 cuts none
   * @param threshold lowest score to return, 0 to 1
   * @throws Error "not a readable image" for bytes the browser cannot decode
   */
  findFaces(photo: Uint8Array, cropSize: number, threshold: number): Promise<PhotoFaces>;
}
