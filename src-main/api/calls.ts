/** Who calls what: main's functions with the schemas of their arguments, the pages' functions, and the events. */
import * as v from 'valibot';
import {
  LOCKED,
  MENU_ACTIONS,
  WINDOW_ORDERS,
  pauseSchema,
  placeSchema,
  pinSchema,
  type About,
  type Access,
  type Menu,
  type MenuAction,
  type Place,
  type WindowOrder,
} from './desk';
import {
  cameraStateSchema,
  faultSchema,
  filmFrameSchema,
  frameSchema,
  measurementsSchema,
  type CameraState,
  type Fault,
  type Frame,
  type Measurements,
  type PhotoFaces,
} from './frames';
import {
  JOB_ORDERS,
  jobIdSchema,
  jobSpecSchema,
  modelIdSchema,
  pathSchema,
  type CurvePoint,
  type FolderFacts,
  type Job,
  type JobChoices,
  type JobOrder,
  type JobRequest,
  type LogPart,
  type RetrainPlan,
} from './jobs';
import type { ModelDetail, ModelList } from './models';
import { webhookSecretSchema, type WebhookState } from './outputs';
import {
  REVIEW_LABELS,
  cropIdsSchema,
  faceIdsSchema,
  reviewFilterSchema,
  type ReviewCounts,
  type ReviewCrop,
  type ReviewFace,
  type ReviewFilter,
  type ReviewLabel,
  type ReviewPage,
} from './review';
import {
  frameIdSchema,
  marksSchema,
  sampleSchema,
  type MarkedFace,
  type ReviewFrame,
  type Sample,
} from './review-frames';
import { settingsPatchSchema, type Settings, type SettingsPatch } from './settings';
import { rangeSchema, type Interval, type Range, type Statistics } from './statistics';
import type { FilmPart, LiveRate, Look, Start, Status } from './watch';

/** What the live page does all the time; nothing of it is ever locked, but changing settings. */
export interface WatchFunctions {
  hello(): Start;
  look(frame: Frame): Promise<Look>;
  /** A picture that was asked for by `Look.sample`; one that was not is passed over. */
  sampled(sample: Sample): void;
  cameraChanged(state: CameraState): void;
  measured(measurements: Measurements): void;
  changeSettings(patch: SettingsPatch): Promise<Settings>;
  fault(fault: Fault): void;
  /** The live window stands elsewhere now, or is of another size: it opens there again. */
  windowPlaced(place: Place): void;
  /** Only where the window has no frame of its own; what fills a screen at the door takes no such order. */
  orderWindow(order: WindowOrder): void;
  /** Pictures of a film that the page plays; null asks for those after the last that was looked at. */
  film(from: number | null): Promise<FilmPart>;
  /** Every frame of the film has been looked at. */
  filmEnded(): void;
}

/** What the desk does. All but those marked "open" answer LOCKED while the PIN is set and this page has not given it. */
export interface DeskFunctions {
  /** Open. Wrong PINs are answered with the access as it is, and soon with a wait. */
  access(): Access;
  unlock(pin: string): Promise<Access>;
  lock(): Access;
  /** Sets, changes or (null) removes the PIN. @param current the one that holds; null where there is none */
  setPin(current: string | null, next: string | null): Promise<Access>;

  /** Open. */
  menu(): Menu;
  /** Does what the menu's entry says; open for what only shows a page. */
  chooseMenu(action: MenuAction): Promise<void>;
  pauseWatching(minutes: number | null): void;
  resumeWatching(): void;
  /** Open. */
  about(): Promise<About>;

  /** Open. Newest first, at most 200. */
  jobs(): Job[];
  addJob(request: JobRequest): Promise<Job>;
  orderJob(id: number, order: JobOrder): Promise<Job[]>;
  jobCurve(id: number): CurvePoint[];
  /** The log from a byte on; at most 256 kB at once. */
  jobLog(id: number, from: number): Promise<LogPart>;
  planRetrain(): Promise<RetrainPlan>;
  inspectFolder(path: string): Promise<FolderFacts>;
  jobChoices(): JobChoices;

  /** Open. */
  models(): Promise<ModelList>;
  modelDetail(id: string): Promise<ModelDetail>;
  promoteModel(id: string): Promise<ModelList>;
  rollBackModel(): Promise<ModelList>;
  removeModel(id: string): Promise<ModelList>;
  /** @param archive the bytes of a file that exportModel gave */
  importModel(archive: Uint8Array): Promise<ModelList>;
  exportModel(id: string): Promise<{ file: string; bytes: Uint8Array }>;

  /** Open. */
  reviewCounts(): ReviewCounts;
  reviewFaces(filter: ReviewFilter): ReviewPage;
  /** Those that are still there, in the order asked for. */
  reviewCrops(ids: number[]): Promise<ReviewCrop[]>;
  /** @param label null takes the label away */
  labelFaces(ids: number[], label: ReviewLabel | null): ReviewCounts;
  /** Takes the last labelling back and gives the faces as they are then; [] when there is none. */
  undoLabels(): ReviewFace[];
  /** For good: nothing brings a deleted face back. */
  deleteFaces(ids: number[]): Promise<ReviewCounts>;
  /** Those that wait first, the newest of them first. */
  reviewFrames(): ReviewFrame[];
  /** As JPEG; null when it is gone. */
  framePicture(id: number): Promise<Uint8Array | null>;
  /** Says what all faces of a picture are; null: nobody has said it yet. */
  markFrame(id: number, faces: MarkedFace[] | null): ReviewCounts;
  deleteFrame(id: number): ReviewCounts;
  /** Every kept picture, label and copy of them, those of jobs too; a retraining under way is cancelled. */
  deleteAllFaces(): Promise<ReviewCounts>;

  /** Open. */
  statistics(range: Range): Statistics;
  statisticsCsv(range: Range): { file: string; text: string };
  deleteStatistics(): void;

  /** Open. */
  webhook(): Promise<WebhookState>;
  /** What signs the webhook's messages from now on; null signs them no more. No page is ever given it back. */
  setWebhookSecret(secret: string | null): Promise<WebhookState>;
  /** Sends a message to the address of the settings, once. @returns null, or what went wrong in words */
  testWebhook(): Promise<string | null>;
}

export interface MainFunctions extends WatchFunctions, DeskFunctions {}

const nothing = v.strictTuple([]);
const model = v.strictTuple([modelIdSchema]);
const range = v.strictTuple([rangeSchema]);

/** Schema of each function's argument list. A name that is not here cannot be called. */
export const mainArguments = {
  hello: nothing,
  look: v.strictTuple([frameSchema]),
  sampled: v.strictTuple([sampleSchema]),
  cameraChanged: v.strictTuple([cameraStateSchema]),
  measured: v.strictTuple([measurementsSchema]),
  changeSettings: v.strictTuple([settingsPatchSchema]),
  fault: v.strictTuple([faultSchema]),
  windowPlaced: v.strictTuple([placeSchema]),
  orderWindow: v.strictTuple([v.picklist(WINDOW_ORDERS)]),
  film: v.strictTuple([v.nullable(filmFrameSchema)]),
  filmEnded: nothing,

  access: nothing,
  unlock: v.strictTuple([pinSchema]),
  lock: nothing,
  setPin: v.strictTuple([v.nullable(pinSchema), v.nullable(pinSchema)]),
  menu: nothing,
  chooseMenu: v.strictTuple([v.picklist(MENU_ACTIONS)]),
  pauseWatching: v.strictTuple([pauseSchema]),
  resumeWatching: nothing,
  about: nothing,

  jobs: nothing,
  addJob: v.strictTuple([jobSpecSchema]),
  orderJob: v.strictTuple([jobIdSchema, v.picklist(JOB_ORDERS)]),
  jobCurve: v.strictTuple([jobIdSchema]),
  jobLog: v.strictTuple([jobIdSchema, v.pipe(v.number(), v.integer(), v.minValue(0))]),
  planRetrain: nothing,
  inspectFolder: v.strictTuple([pathSchema]),
  jobChoices: nothing,

  models: nothing,
  modelDetail: model,
  promoteModel: model,
  rollBackModel: nothing,
  removeModel: model,
  importModel: v.strictTuple([v.instance(Uint8Array)]),
  exportModel: model,

  reviewCounts: nothing,
  reviewFaces: v.strictTuple([reviewFilterSchema]),
  reviewCrops: v.strictTuple([cropIdsSchema]),
  labelFaces: v.strictTuple([faceIdsSchema, v.nullable(v.picklist(REVIEW_LABELS))]),
  undoLabels: nothing,
  deleteFaces: v.strictTuple([faceIdsSchema]),
  reviewFrames: nothing,
  framePicture: v.strictTuple([frameIdSchema]),
  markFrame: v.strictTuple([frameIdSchema, marksSchema]),
  deleteFrame: v.strictTuple([frameIdSchema]),
  deleteAllFaces: nothing,

  statistics: range,
  statisticsCsv: range,
  deleteStatistics: nothing,

  webhook: nothing,
  setWebhookSecret: v.strictTuple([v.nullable(webhookSecretSchema)]),
  testWebhook: nothing,
} satisfies Record<keyof MainFunctions, v.GenericSchema>;

/** Functions that a locked page may call. */
export const OPEN_FUNCTIONS = [
  'hello',
  'look',
  'sampled',
  'cameraChanged',
  'measured',
  'fault',
  'windowPlaced',
  'orderWindow',
  'film',
  'filmEnded',
  'access',
  'unlock',
  'lock',
  'setPin',
  'menu',
  'chooseMenu',
  'about',
  'jobs',
  'models',
  'reviewCounts',
  'statistics',
  'statisticsCsv',
  'webhook',
] as const satisfies readonly (keyof MainFunctions)[];

/** Whether an error is main's answer to a page that has to give the PIN first. */
export const isLocked = (error: unknown): boolean => error instanceof Error && error.message === LOCKED;

/** What happens that pages show: told to every page. */
export type DeskEvent =
  /** A job is new or has changed; comes with every progress, at most four a second. */
  | { type: 'job'; job: Job }
  | { type: 'jobRemoved'; job: number }
  | { type: 'curvePoint'; job: number; point: CurvePoint }
  | { type: 'models'; list: ModelList }
  | { type: 'review'; counts: ReviewCounts }
  /** The interval that is being counted; about once a second while something changes. */
  | { type: 'interval'; interval: Interval }
  | { type: 'access'; access: Access }
  | { type: 'webhook'; webhook: WebhookState }
  /** While a job runs: that the picture keeps its rate beside it. */
  | { type: 'live'; live: LiveRate }
  | { type: 'menu'; menu: Menu }
  /** A page of the desk is asked for, by its section's name; a live page opens it, where it may. */
  | { type: 'show'; section: 'review' | 'statistics' | 'models' | 'jobs' | 'settings' | 'privacy' | 'about' }
  /** The live window is to be small in a corner, or as it was before; only where the host does not do it. */
  | { type: 'compact' }
  /** Something guarded was chosen outside of any page: this one is to ask for it, with the PIN. */
  | { type: 'choose'; action: MenuAction }
  /** A sentence for people: something was set aside, rolled back or could not be saved. */
  | { type: 'notice'; message: string };

/** Functions main may call in a live page and in the desk. */
export interface LivePageFunctions {
  settingsChanged(settings: Settings): void;
  statusChanged(status: Status): void;
  happened(event: DeskEvent): void;
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
