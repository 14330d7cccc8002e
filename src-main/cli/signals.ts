/** What the command line does when it is told to stop: the usual end, unless a verb has something to finish. */

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** Exit code of what was told to stop and did, as a shell gives it. */
export const INTERRUPTED = 128 + SIGNALS.SIGINT;

/** Milliseconds in which a second signal is the first one again, as passed on by npm, a shell or a terminal. */
const ECHO = 1000;

let onStop: (() => void) | null = null;
let stoppedAt = -Infinity;

/** Ends by process.exit, so that what must not outlive us (browsers) is ended too. */
export function listenForSignals(): void {
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - stoppedAt < ECHO) return;
      const stop = onStop;
      onStop = null; // Told again later, it ends at once.
      if (stop === null) process.exit(128 + number);
      stoppedAt = now;
      stop();
    });
  }
}

/** Lets a verb end in its own way at the first signal. */
export function endWith(stop: () => void): void {
  onStop = stop;
}
