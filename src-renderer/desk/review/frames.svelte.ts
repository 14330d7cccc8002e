/** Whole pictures on the page: which one is shown, the faces in it as they are being marked, and what the keys do. */
import type { FrameLabel, MarkedFace, ReviewFrame, Verdict } from '../../../src-main/api';
import type { Box } from '../../../src-main/geometry';
import { text } from '../../texts.svelte';
import type { Work } from '../../work.svelte';

/** A face as it is being marked. */
export interface Marking {
  box: Box;
  /** Null until somebody has said what it is. */
  label: FrameLabel | null;
  /** Said to be no face. */
  struck: boolean;
}

/** What is said of a face, in words. */
export function answerText({ label, struck }: Marking): string {
  if (struck) return text('review.frames.struck');
  if (label === null) return text('review.frames.unsaid');
  return label === 'face' ? text('review.frames.cannotTell') : text(`label.${label}`);
}

/** Whose colours and sign it has. */
export const verdictOf = ({ label, struck }: Marking): Verdict =>
  struck || label === null || label === 'face' ? 'unsure' : label;

/** Side of a face that is added by the keyboard, and how far a key moves a box, as shares of the picture's height. */
const ADDED = 0.15;
const STEP = 0.01;
/** How much a key changes a box's size. */
const GROWTH = 1.08;
/** Sides, in picture pixels, below which what was drawn is no box. */
const LEAST = 6;

export class FrameQueue {
  frames = $state.raw<ReviewFrame[] | null>(null);
  /** Index of the picture that is shown. */
  at = $state(0);
  faces = $state.raw<readonly Marking[]>([]);
  /** Index of the face that keys act on. */
  current = $state(0);
  /** The picture's address; null while it is fetched, and where it is gone. */
  address = $state<string | null>(null);
  gone = $state(false);
  /** Faces without an answer that somebody wanted to be done with. */
  lacking = $state(0);
  /** Pictures that were marked on this page, with their marks, the last one last. */
  #marked = $state.raw<readonly { id: number; faces: readonly Marking[] }[]>([]);

  constructor(private readonly work: Work) {}

  get frame(): ReviewFrame | null {
    return this.frames?.[this.at] ?? null;
  }
  get face(): Marking | null {
    return this.faces[this.current] ?? null;
  }
  get undoable(): boolean {
    return this.#marked.length > 0;
  }

  /** @param id of the picture to show; else the first that waits */
  async load(id?: number): Promise<void> {
    const frames = await this.work.attempt((main) => main.reviewFrames());
    if (frames === null) return;
    this.frames = frames;
    const asked = frames.findIndex((frame) => frame.id === id);
    await this.#show(asked < 0 ? 0 : asked);
  }

  /** Another picture. */
  async turn(by: number): Promise<void> {
    const last = (this.frames?.length ?? 0) - 1;
    await this.#show(Math.max(0, Math.min(last, this.at + by)));
  }

  move(by: number): void {
    this.current = Math.max(0, Math.min(this.faces.length - 1, this.current + by));
  }

  /** Says what the face is, and goes on to the next that waits for an answer. */
  label(label: FrameLabel): void {
    this.#change((face) => ({ ...face, label, struck: false }));
    this.#next();
  }

  /** Says that it is no face, or that it is one after all. */
  strike(): void {
    this.#change((face) => ({ ...face, struck: !face.struck }));
    if (this.face?.struck) this.#next();
  }

  /** Adds a face that nobody saw, where it was drawn or else in the middle. */
  add(box?: Box): void {
    if (!this.frame || (box && Math.min(box[2], box[3]) < LEAST)) return;
    const { width, height } = this.frame;
    const side = ADDED * height;
    const middle: Box = [(width - side) / 2, (height - side) / 2, side, side];
    this.faces = [...this.faces, { box: this.#within(box ?? middle), label: null, struck: false }];
    this.current = this.faces.length - 1;
  }

  /** Moves the face's box. @param across and down in steps */
  shift(across: number, down: number): void {
    const step = STEP * (this.frame?.height ?? 0);
    this.#change((face) => {
      const [x, y, width, height] = face.box;
      return { ...face, box: this.#within([x + across * step, y + down * step, width, height]) };
    });
  }

  /** Makes it larger (1) or smaller (−1). */
  grow(by: 1 | -1): void {
    this.#change((face) => {
      const [x, y, width, height] = face.box;
      const factor = GROWTH ** by;
      if (Math.min(width, height) * factor < LEAST) return face;
      const [wider, higher] = [width * factor, height * factor];
      return {
        ...face,
        box: this.#within([x - (wider - width) / 2, y - (higher - height) / 2, wider, higher]),
      };
    });
  }

  /** All that is said of the picture holds, and the next one comes; not before every face has an answer. */
  async done(): Promise<void> {
    const { frame, faces } = this;
    if (!frame) return;
    const left = faces.filter((face) => !face.struck);
    const marks = left.flatMap(({ box, label }): MarkedFace[] => (label === null ? [] : [{ box, label }]));
    this.lacking = left.length - marks.length;
    if (this.lacking > 0) {
      this.#next();
      return;
    }
    const counts = await this.work.attempt((main) => main.markFrame(frame.id, marks));
    if (counts === null) return;
    this.work.takeCounts(counts);
    this.#marked = [...this.#marked, { id: frame.id, faces }];
    await this.load();
  }

  /** The picture that was marked last is to be marked again, with what was said of it. */
  async undo(): Promise<void> {
    const last = this.#marked.at(-1);
    if (!last) return;
    const counts = await this.work.attempt((main) => main.markFrame(last.id, null));
    if (counts === null) return;
    this.work.takeCounts(counts);
    this.#marked = this.#marked.slice(0, -1);
    await this.load(last.id);
    if (this.frame?.id === last.id) this.faces = last.faces;
  }

  async remove(): Promise<void> {
    const { frame } = this;
    if (!frame) return;
    const counts = await this.work.attempt((main) => main.deleteFrame(frame.id));
    if (counts === null) return;
    this.work.takeCounts(counts);
    this.#marked = this.#marked.filter(({ id }) => id !== frame.id);
    await this.load();
  }

  close(): void {
    if (this.address !== null) URL.revokeObjectURL(this.address);
    this.address = null;
  }

  async #show(index: number): Promise<void> {
    this.close();
    this.at = index;
    this.lacking = 0;
    this.gone = false;
    const { frame } = this;
    this.faces = (frame?.faces ?? []).map((face) => ({ ...face, struck: false }));
    this.current = 0;
    this.#next();
    if (!frame) return;
    const jpeg = await this.work.attempt((main) => main.framePicture(frame.id));
    // Another one may have been turned to meanwhile.
    if (this.frame?.id !== frame.id) return;
    this.gone = jpeg === null && this.work.fault === null;
    if (jpeg !== null)
      this.address = URL.createObjectURL(new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' }));
  }

  /** To the next face that waits for an answer, if there is one. */
  #next(): void {
    const waits = ({ label, struck }: Marking): boolean => label === null && !struck;
    const after = this.faces.findIndex((face, i) => i > this.current && waits(face));
    const next = after >= 0 ? after : this.faces.findIndex(waits);
    if (next >= 0) this.current = next;
    this.lacking = Math.min(this.lacking, this.faces.filter(waits).length);
  }

  #change(change: (face: Marking) => Marking): void {
    this.faces = this.faces.map((face, i) => (i === this.current ? change(face) : face));
  }

  /** A box that was moved out of the picture is moved back. */
  #within([x, y, w, h]: Box): Box {
    const frame = this.frame!;
    const [width, height] = [Math.min(w, frame.width), Math.min(h, frame.height)];
    return [
      Math.max(0, Math.min(x, frame.width - width)),
      Math.max(0, Math.min(y, frame.height - height)),
      width,
      height,
    ];
  }
}
