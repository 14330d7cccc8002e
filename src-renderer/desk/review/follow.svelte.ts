/** Keeps a queue of what is to be reviewed as main has it, for as long as the component that calls it is shown. */
import { onMount, untrack } from 'svelte';
import type { Work } from '../../work.svelte';
import type { DeskSession } from '../session.svelte';

/** Loads the queue with the line to main, and again at news while it shows nothing: nothing moves under the hand. */
export function follow(
  session: DeskSession,
  work: Work,
  queue: { load: () => Promise<void>; close: () => void },
  isEmpty: () => boolean,
): void {
  $effect(() => {
    if (session.connected) void untrack(() => queue.load());
  });
  onMount(() => {
    const stop = work.listen(({ type }) => {
      if (type === 'review' && isEmpty()) void queue.load();
    });
    return () => {
      stop();
      queue.close();
    };
  });
}
