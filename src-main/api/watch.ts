/** What main says of the watch: tracks with verdicts, counts, what runs, and what `monitor` prints. */
import type { Box, Takes } from '../geometry';
import type { PipelineName, Provider, Settings, WindowMode } from './settings';
import type { Counts, MaskClass, Probabilities, Verdict } from './verdicts';

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

/** The message with which a frame of any live page but the newest is refused. */
export const ELSEWHERE = 'another window of maskwatch watches now; close one';

/** Main's answer to a frame. */
export interface Look {
  id: number;
  tracks: Track[];
  counts: Counts;
  /** The next picture is wanted whole: see `sampled`. */
  sample?: true;
}

/** A film that the page plays itself, without a camera of the browser's. */
export interface FilmFacts {
  frames: number;
  /** Frames a second it was made for. */
  fps: number;
  /** Every frame is looked at once, as fast as can be; else it runs by the clock, over and over. */
  everyFrame: boolean;
}

/** Pictures of a film, in order. */
export interface FilmPart {
  /** The first one's number, from 0. */
  from: number;
  /** JPEG files; none when there are no more. */
  pictures: Uint8Array[];
}

/** What runs now; shown on the live page. */
export interface Status {
  version: string;
  source: { kind: 'camera' | 'file' | 'demo'; name: string; film?: FilmFacts };
  model: {
    name: string;
    inputSize: number;
    cropMargin: number;
    /** Why this student and no other, in a sentence; not there where there was none to choose from. */
    why?: string;
    /** Of its card: with it `thresholdOf` says how sure a verdict must be. Not there where the card does not say. */
    unsureBelow?: number;
  };
  provider: {
    name: Provider;
    /** Why this one, in a sentence, e.g. "fastest of cpu 5200, webgpu 900 crops/s". */
    reason: string;
    /** Set when the asked-for or fastest one failed while running and CPU took over. */
    fellBack: boolean;
  };
  pipeline: {
    name: PipelineName;
    /** Why this one, in a sentence. */
    reason: string;
    /** What pictures the one-shot detector takes; null with two stages. */
    takes: Takes | null;
  };
  /** Null while it watches; else until when it does not (ISO 8601, or null until it is told to). */
  paused: { until: string | null } | null;
  /** Whether faces are being kept for review: shown on the live window. */
  keepsFaces: boolean;
  /** Whether whole pictures are, too. */
  keepsFrames: boolean;
  host: 'electron' | 'browser';
  /** The live window: in which ways the host can show it, and whether the page must bring the bar it is moved by. */
  window: { modes: readonly WindowMode[]; frameless: boolean };
  /** Whether it can be made to start with the computer here. */
  startsWithComputer: boolean;
}

/** How fast the live page watched in the last second. */
export interface LiveRate {
  cameraPerSecond: number;
  looksPerSecond: number;
  /** Median milliseconds from a picture's arrival to its verdicts drawn; null when none was drawn. */
  behindMs: number | null;
}

/** Main's answer to a page that comes up. */
export interface Start {
  /** Names of the functions that can be called here (of `MainFunctions`): a page shows nothing that needs another. */
  offers: string[];
  /** Sentences of what had to be dealt with since the start: something set aside, or not to be saved. */
  notices: string[];
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
  /** Milliseconds from the face's first look to this verdict. */
  waitMs: number;
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
  /** Why this model and in this form, in sentences. */
  why: string;
  /** Where every frame of a film is looked at: its seconds that were, and how many of them in a second. */
  film?: { seconds: number; speed: number };
}
