/** How wide the labels' words are. Measured once for each size and verdict: measuring anew with each frame costs. */
import type { Verdict } from '../../../src-main/api';

export class WordWidths {
  readonly #context = new OffscreenCanvas(1, 1).getContext('2d');
  readonly #words: (verdict: Verdict) => string;
  readonly #family: string;
  #fontSize = NaN;
  readonly #widths = new Map<Verdict, number>();

  /**
   * @param words what a verdict's label says
   * @param family the font's, as CSS writes it
   */
  constructor(words: (verdict: Verdict) => string, family: string) {
    this.#words = words;
    this.#family = family;
  }

  /** @returns the width of a verdict's words at a font size, both in view pixels */
  of(verdict: Verdict, fontSize: number): number {
    if (fontSize !== this.#fontSize) {
      this.#fontSize = fontSize;
      this.#widths.clear();
      if (this.#context) this.#context.font = `600 ${fontSize}px ${this.#family}`;
    }
    let width = this.#widths.get(verdict);
    if (width === undefined) {
      width = this.#context?.measureText(this.#words(verdict)).width ?? 0;
      this.#widths.set(verdict, width);
    }
    return width;
  }
}
