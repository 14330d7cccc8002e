/** Where the live window stands, told to main when that changes: it opens there again. */
import type { Place } from '../../src-main/api';

export class WindowPlace {
  /** As it was last told, as JSON. */
  #told = '';

  constructor(private readonly tell: (place: Place) => void) {}

  /** Now and then: no event tells of every move. While it is not shown, or fills the screen, it stands nowhere. */
  look(): void {
    if (document.visibilityState !== 'visible' || document.fullscreenElement !== null) return;
    const place = { x: screenX, y: screenY, width: outerWidth, height: outerHeight };
    const now = JSON.stringify(place);
    if (now === this.#told || outerWidth < 1) return;
    this.#told = now;
    this.tell(place);
  }
}
