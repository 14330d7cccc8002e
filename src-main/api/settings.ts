/**
 * The settings: one object of single values and small sections. What the command line asks for goes before them,
 * and the PIN is not among them (see access.ts). A patch may hold part of a section.
 */
import * as v from 'valibot';
import { share } from './metrics';
import { MASK_CLASSES } from './verdicts';

/** Where the detector looks for faces: see src-renderer/vision/regions.ts. */
export const REACHES = ['near', 'centre', 'region', 'far'] as const;
export type Reach = (typeof REACHES)[number];

/** How faces are found and judged: a face detector and a classifier of crops, or one network for both. */
export const PIPELINES = ['two-stage', 'one-shot', 'auto'] as const;
export type PipelineChoice = (typeof PIPELINES)[number];
export type PipelineName = Exclude<PipelineChoice, 'auto'>;

/** Execution providers a user can ask for; `auto` times those that load and takes the fastest. */
export const PROVIDERS = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type ProviderChoice = (typeof PROVIDERS)[number];
export type Provider = Exclude<ProviderChoice, 'auto'>;

/** Languages with a file in assets/languages. */
export const LANGUAGES = ['en', 'zh', 'es', 'fr', 'de', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/** How the live window stands on the screen: among others, above all others, or as all there is of it. */
export const WINDOW_MODES = ['window', 'above', 'kiosk'] as const;
export type WindowMode = (typeof WINDOW_MODES)[number];

/** What is heard when a verdict settles. */
export const SOUNDS = ['silent', 'chime', 'spoken'] as const;
export type Sound = (typeof SOUNDS)[number];

const name = v.pipe(v.string(), v.maxLength(512));
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const webAddress = v.pipe(
  v.string(),
  v.maxLength(2048),
  v.check(
    (text) => text === '' || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)),
    'not a web address that begins with http:// or https://',
  ),
  // It would be shown on the page and written to the log with the rest.
  v.check(
    (text) => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
    'a web address with a name or password in it: sign the messages with a secret instead',
  ),
);

/** The sections: each may be changed in part. */
const sections = {
  languages: v.strictObject({
    /** Of the pages that are worked in; null follows the browser's. */
    pages: v.nullable(v.picklist(LANGUAGES)),
    /** Of the visitors' banner; several are shown in turn. */
    visitors: v.pipe(v.array(v.picklist(LANGUAGES)), v.minLength(1), v.maxLength(LANGUAGES.length)),
  }),
  sounds: v.strictObject({
    correct: v.picklist(SOUNDS),
    incorrect: v.picklist(SOUNDS),
    none: v.picklist(SOUNDS),
    volume: share,
  }),
  /** What counts as one visit. */
  visits: v.strictObject({
    /** A face counts once it has been in view for this long, in seconds: passers-by do not. 0 to 60. */
    leastSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(60)),
    /** A face that appears where one was lost no longer ago than this is the same visit. Seconds, 0 to 30. */
    gapSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(30)),
  }),
  privacy: v.strictObject({
    /** Whether faces are kept for review at all. */
    review: v.boolean(),
    /** Days until a kept face is deleted, labelled or not, 1 to 90. */
    reviewDays: whole(1, 90),
    /** Most faces kept, 20 to 5000. */
    reviewMost: whole(20, 5000),
    /** Whether, while faces are kept, a few whole pictures are kept too, for the comparison that `pipeline` goes by. */
    reviewFrames: v.boolean(),
    /** Days that single verdicts (time and class, nothing more) are kept beside the 20-minute counts; 0 keeps none. */
    eventDays: whole(0, 365),
    /** Days that the counts of 20 minutes are kept; null until somebody deletes them, 0 makes none. */
    countDays: v.nullable(whole(0, 3650)),
  }),
  outputs: v.strictObject({
    /**
     * An address that is told of settled verdicts by POST of JSON (docs/webhook.md); never a picture. What signs it is no
     * setting: see outputs/desk.ts.
     */
    webhook: v.strictObject({
      on: v.boolean(),
      url: webAddress,
      verdicts: v.pipe(v.array(v.picklist(MASK_CLASSES)), v.maxLength(MASK_CLASSES.length)),
      /** What this door is called there; the machine's own name where it is empty. */
      door: v.pipe(v.string(), v.trim(), v.maxLength(80)),
      /** Whether it is also told once a minute that this maskwatch watches, or why not. */
      alive: v.boolean(),
    }),
  }),
  access: v.strictObject({
    /** Minutes without use after which what the PIN guards is locked again, 1 to 120. */
    lockMinutes: whole(1, 120),
  }),
};

export const settingsSchema = v.strictObject({
  version: v.literal(2),
  /** Whether the three steps of the first run are done. */
  firstRunDone: v.boolean(),
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
  /**
   * How sure the consensus must be before a verdict is given, 0.4 (lenient) to 0.99 (strict). Where the model's card
   * tells when it is wrong too often, 0.6 asks for just that, and others for more or less (threshold.ts); else it is
   * the probability itself.
   */
  verdictThreshold: v.pipe(v.number(), v.minValue(0.4), v.maxValue(0.99)),
  /** Looks at a face before a verdict is given, 1 to 30. */
  looksNeeded: whole(1, 30),
  /** Faces with a shorter side below this many picture pixels stay `unsure`. */
  minFacePixels: whole(8, 400),
  provider: v.picklist(PROVIDERS),
  /** `auto` takes one-shot where it has shown itself at least as good on this site's own pictures and is fast enough. */
  pipeline: v.picklist(PIPELINES),
  /** Show the picture as in a mirror. */
  mirror: v.boolean(),
  windowMode: v.picklist(WINDOW_MODES),
  startWithComputer: v.boolean(),
  ...sections,
});
export type Settings = v.InferOutput<typeof settingsSchema>;

export const settingsPatchSchema = v.strictObject({
  ...v.partial(v.omit(settingsSchema, ['version', ...(Object.keys(sections) as (keyof typeof sections)[])]))
    .entries,
  languages: v.optional(v.partial(sections.languages)),
  sounds: v.optional(v.partial(sections.sounds)),
  visits: v.optional(v.partial(sections.visits)),
  privacy: v.optional(v.partial(sections.privacy)),
  outputs: v.optional(v.partial(sections.outputs)),
  access: v.optional(v.partial(sections.access)),
});
export type SettingsPatch = v.InferOutput<typeof settingsPatchSchema>;

/** Settings with a patch applied: sections are joined, everything else is replaced. */
export function patched(settings: Settings, patch: SettingsPatch): Settings {
  const next: Record<string, unknown> = { ...settings };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    next[key] = key in sections ? { ...(next[key] as object), ...(value as object) } : value;
  }
  return v.parse(settingsSchema, next);
}
