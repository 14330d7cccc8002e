/**
 * Plays a film in the vision worker: asks for its pictures, decodes them and hands them on as a camera's frames come, or
 * each only when the one before has been taken. Knows pictures and time; nothing of faces.
 */
import type { FilmFacts, FilmPart } from '../../src-main/api';

/** Milliseconds between two frames that are shown: more would cost a machine without a GPU what looking needs. */
const SHOWN_EVERY = 32;
/** Pictures that are decoded while others are looked at. */
const AHEAD = 2;

export interface FilmPlayerOptions {
  facts: FilmFacts;
  /** Asks for pictures from a frame on; null for those that are due. */
  ask: (from: number | null) => Promise<FilmPart>;
  /** Takes a frame and closes it. @returns when the next may come, where every frame is looked at */
  take: (frame: VideoFrame, index: number) => Promise<void>;
  /** Shows a frame and closes it. */
  show: (frame: VideoFrame) => void;
  /** A picture that cannot be decoded was passed over. */
  onUnreadable: (index: number) => void;
}

interface Decoded {
  index: number;
  /** Null where it cannot be decoded. */
  frame: VideoFrame | null;
}

async function decode(picture: Uint8Array, index: number, timestamp: number): Promise<Decoded> {
  // A copy: it may lie in shared memory, which a decoder does not take.
  const decoder = new ImageDecoder({ data: new Uint8Array(picture), type: 'image/jpeg' });
  try {
    const { image } = await decoder.decode();
    // The decoder's frames have the time of a still.
    const frame = new VideoFrame(image, { timestamp });
    image.close();
    return { index, frame };
  } catch {
    return { index, frame: null };
  } finally {
    decoder.close();
  }
}

export class FilmPlayer {
  #stopped = false;
  #shownAt = -Infinity;

  constructor(private readonly options: FilmPlayerOptions) {}

  stop(): void {
    this.#stopped = true;
  }

  /** Plays until it is stopped or, where every frame is looked at, to the end. @returns whether it came to the end */
  async play(): Promise<boolean> {
    const { facts, onUnreadable, take } = this.options;
    const ahead: Promise<Decoded>[] = [];
    const hand = async (): Promise<void> => {
      const { index, frame } = await ahead.shift()!;
      if (frame === null) onUnreadable(index);
      else if (this.#stopped) frame.close();
      else {
        this.#show(frame);
        const taken = take(frame, index);
        if (facts.everyFrame) await taken;
      }
    };
    const began = performance.now();
    let played = 0;
    for await (const { index, picture } of this.#pictures()) {
      if (this.#stopped) break;
      const due = (1000 * played++) / facts.fps;
      if (!facts.everyFrame && !(await isInTime(began + due, 1000 / facts.fps))) continue;
      ahead.push(decode(picture, index, Math.round(1000 * due)));
      if (ahead.length > (facts.everyFrame ? AHEAD : 0)) await hand();
    }
    while (ahead.length > 0) await hand();
    return !this.#stopped;
  }

  /** The film's pictures from where it stands, the next part asked for while one is played. */
  async *#pictures(): AsyncGenerator<{ index: number; picture: Uint8Array }> {
    const { facts, ask } = this.options;
    let coming = ask(null);
    for (;;) {
      const { from, pictures } = await coming;
      if (pictures.length === 0) return;
      const next = from + pictures.length;
      coming = ask(facts.everyFrame ? next : next % facts.frames);
      for (const [i, picture] of pictures.entries()) yield { index: from + i, picture };
    }
  }

  #show(frame: VideoFrame): void {
    const now = performance.now();
    if (now - this.#shownAt < SHOWN_EVERY) return;
    this.#shownAt = now;
    this.options.show(frame.clone());
  }
}

/** Waits until a moment. @returns whether it is not past by more than `late` milliseconds */
async function isInTime(due: number, late: number): Promise<boolean> {
  const left = due - performance.now();
  if (left > 1) await new Promise((resolve) => setTimeout(resolve, left));
  return left > -late;
}
