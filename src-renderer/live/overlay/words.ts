/** How wide the labels' words are. Measured once for each font and verdict: measuring anew with each frame costs. */
import type { Verdict } from '../../../src-main/api';
import type { Texts } from '../../texts';

export class WordWidths {
  readonly #context = new OffscreenCanvas(1, 1).getContext('2d');
  readonly #words: Texts['label'];
  #font = '';
  #widths = new Map<Verdict, number>();

  constructor(words: Texts['label']) {
    this.#words = words;
  }

  /**
   * @param font as CSS writes it, e.g. `600 22px system-ui`
   * @returns pixels
   */
  of(verdict: Verdict, font: string): number {
    if (font !== this.#font) {
      this.#font = font;
      this.#widths.clear();
      if (this.#context) this.#context.font = font;
    }
    let width = this.#widths.get(verdict);
    if (width === undefined) {
      width = this.#context?.measureText(this.#words[verdict]).width ?? 0;
      this.#widths.set(verdict, width);
    }
    return width;
  }
}
