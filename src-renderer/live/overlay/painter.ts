/**
 * Draws faces on a canvas over the picture: a box whose line tells its verdict (whole, dashed, thick, dotted) and
 * a label with sign and words. Colours come from theme.css. Cheap on purpose: it draws only when told to, and
 * one path a face.
 */
import type { Verdict } from '../../../src-main/api';
import type { Box } from '../../../src-main/geometry';
import type { Texts } from '../../texts';
import { BY_URGENCY, signPath, urgency } from '../../verdict-signs';
import { toView, visiblePicture, type Fit } from './fit';
import { Labels, type LabelWish } from './labels';
import type { MovingFace } from './motion';

/** Beyond this many pixels of canvas, sharpness is given up for speed: a 4K kiosk draws at half size. */
const MAX_CANVAS_PIXELS = 2_600_000;

/** How far from the view's edges labels stay, in view pixels: what bars and banner hide. */
export interface Insets {
  top: number;
  bottom: number;
}

interface Ink {
  ground: string;
  ink: string;
  line: string;
  sign: Path2D;
}

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #labels = new Labels();
  readonly #inks: Record<Verdict, Ink>;
  readonly #family: string;
  readonly #words: Texts['label'];
  #widths = new Map<string, number>();
  #blank = true;

  constructor(canvas: HTMLCanvasElement, words: Texts['label']) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser gives no 2D canvas');
    this.#canvas = canvas;
    this.#context = context;
    this.#words = words;
    const style = getComputedStyle(canvas);
    this.#family = style.fontFamily;
    this.#inks = Object.fromEntries(
      BY_URGENCY.map((verdict) => [
        verdict,
        {
          ground: style.getPropertyValue(`--${verdict}`),
          ink: style.getPropertyValue(`--${verdict}-ink`),
          line: style.getPropertyValue(`--${verdict}-line`),
          sign: new Path2D(signPath(verdict)),
        },
      ]),
      // fromEntries cannot know that BY_URGENCY holds every verdict; its own type says so.
    ) as Record<Verdict, Ink>;
  }

  /** Draws the faces as they are now; with none it clears the canvas once. */
  paint(faces: readonly MovingFace[], fit: Fit, insets: Insets): void {
    if (faces.length === 0 && this.#blank) return;
    const { view } = fit;
    const wanted = window.devicePixelRatio;
    const most = Math.sqrt(MAX_CANVAS_PIXELS / (view.width * view.height));
    const density = Math.min(wanted, most);
    const [width, height] = [Math.round(view.width * density), Math.round(view.height * density)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    const context = this.#context;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    this.#blank = faces.length === 0;
    if (this.#blank) return;

    // Legible at the door: grows with the view, not with the face.
    const size = Math.round(Math.min(64, Math.max(14, view.height * 0.03)));
    context.font = `600 ${size}px ${this.#family}`;
    context.textBaseline = 'middle';
    const boxes = new Map(faces.map((face) => [face.id, toView(fit, face.box)]));
    for (const face of faces) this.#box(face, boxes.get(face.id)!, size);
    const [x, y, across, down] = visiblePicture(fit);
    const top = Math.max(y, insets.top);
    const bottom = Math.min(y + down, view.height - insets.bottom);
    const area: Box = [x + 4, top + 4, across - 8, bottom - top - 8];
    const wishes = faces.map((face) => this.#wish(face, boxes.get(face.id)!, size));
    for (const label of this.#labels.place(wishes, area)) {
      this.#label(
        faces.find((face) => face.id === label.id)!,
        label.box,
        label.full,
        size,
      );
    }
    context.globalAlpha = 1;
  }

  #wish(face: MovingFace, box: Box, size: number): LabelWish {
    const height = Math.round(size * 1.6);
    const words = this.#words[face.verdict];
    // Unsure stays quiet: dots, no words.
    const full = face.verdict === 'unsure' ? null : { width: this.#width(words, size) + size * 2.2, height };
    return { id: face.id, box, full, sign: { width: height, height }, urgency: urgency(face.verdict) };
  }

  #width(words: string, size: number): number {
    const key = `${size} ${words}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      if (this.#widths.size > 100) this.#widths = new Map();
      width = Math.ceil(this.#context.measureText(words).width);
      this.#widths.set(key, width);
    }
    return width;
  }

  #box(face: MovingFace, [x, y, width, height]: Box, size: number): void {
    const context = this.#context;
    const unsure = face.verdict === 'unsure';
    const line = Math.max(2, size * (face.verdict === 'none' ? 0.28 : unsure ? 0.12 : 0.2));
    context.globalAlpha = face.opacity * (unsure ? 0.85 : 1);
    const outline = new Path2D();
    outline.roundRect(x, y, width, height, Math.min(width, height) * 0.12);
    context.lineCap = unsure ? 'round' : 'butt';
    context.setLineDash(
      face.verdict === 'incorrect' ? [line * 3.5, line * 1.8] : unsure ? [0.01, line * 2.4] : [],
    );
    // A dark edge under the coloured line, so that it stands out from any picture.
    context.lineWidth = line + Math.max(2, line * 0.5);
    context.strokeStyle = 'rgb(0 0 0 / 0.55)';
    context.stroke(outline);
    context.lineWidth = line;
    context.strokeStyle = this.#inks[face.verdict].line;
    context.stroke(outline);
    context.setLineDash([]);
  }

  #label(face: MovingFace, [x, y, width, height]: Box, full: boolean, size: number): void {
    const context = this.#context;
    const { ground, ink, sign } = this.#inks[face.verdict];
    context.globalAlpha = face.opacity;
    context.fillStyle = ground;
    context.beginPath();
    context.roundRect(x, y, width, height, height * 0.25);
    context.fill();
    context.fillStyle = ink;
    context.save();
    context.translate(x + (height - size) / 2, y + (height - size) / 2);
    context.scale(size / 24, size / 24);
    context.fill(sign);
    context.restore();
    if (full) context.fillText(this.#words[face.verdict], x + size * 1.6, y + height * 0.53);
  }
}
