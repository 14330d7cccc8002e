/** What the live page's Watcher and the vision worker say to each other. Types only. */
import type { FilmFacts, FilmPart, Frame, Sample, Settings } from '../../src-main/api';
import type { Takes } from '../../src-main/geometry';

export interface WatchConfiguration extends Pick<Settings, 'reach' | 'region' | 'detectorThreshold'> {
  /** Side of the crops in pixels: the model's input size. */
  cropSize: number;
  /** Margin on each side of a face's box, as a share of its longer side. */
  cropMargin: number;
  /** What pictures main's one-shot detector takes; null where faces are looked for here. */
  oneShot: Takes | null;
}

export type ToWorker =
  | { type: 'configure'; configuration: WatchConfiguration }
  /** A camera's frames; replaces the stream before it. */
  | { type: 'frames'; frames: ReadableStream<VideoFrame> }
  /** A film to play, in place of a camera's frames. */
  | { type: 'film'; facts: FilmFacts }
  /** Pictures of it that were asked for. */
  | { type: 'pictures'; part: FilmPart }
  /** Main has answered the last frame: the next may be sent. `sample`: it wants the next picture whole, too. */
  | { type: 'looked'; sample: boolean };

export type FromWorker =
  /** Once a second, so that silence means death. `cameraFrames`: arrived since the last message. */
  | { type: 'alive'; cameraFrames: number }
  /** A frame that was looked at; `detectMs` from its turn to its finished crops. */
  | { type: 'frame'; frame: Omit<Frame, 'id'>; cameraFrames: number; detectMs: number }
  /** A whole picture that main asked for. */
  | { type: 'sample'; sample: Sample }
  /** Whole pictures cannot be had, as the detector that they need is not. */
  | { type: 'noSample'; message: string }
  /** The picture has been black for long, or is not any more. */
  | { type: 'dark'; dark: boolean }
  /** The picture has stood still for long, or moves (once of each stream, and again after each standstill). */
  | { type: 'still'; still: boolean }
  /** Pictures of the film are wanted: see `film` of api.ts. */
  | { type: 'wants'; from: number | null }
  /** A frame of the film, to be shown. */
  | { type: 'show'; frame: VideoFrame }
  /** A frame of the film cannot be decoded. */
  | { type: 'unreadable'; index: number }
  /** Every frame of the film has been looked at. */
  | { type: 'filmEnded' }
  /** The worker cannot go on and wants to be replaced. */
  | { type: 'failed'; message: string };
