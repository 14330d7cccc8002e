/**
 * Tells an element's size, in CSS pixels, as the window it stands in lays it out. Svelte's `bind:clientWidth` asks the
 * window of the code, which tells nothing of an element in the corner window while it is itself minimised.
 */
import type { Attachment } from 'svelte/attachments';

export const measured =
  (tell: (width: number, height: number) => void): Attachment<HTMLElement> =>
  (element) => {
    const { ResizeObserver: Observer } = element.ownerDocument.defaultView ?? window;
    const observer = new Observer(() => {
      tell(element.clientWidth, element.clientHeight);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  };
