/** What the command line does when it is told to stop: the usual end, unless a verb has something to finish. */

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

let onStop: (() => void) | null = null;

/** Ends by process.exit, so that what must not outlive us (browsers) is ended too. */
export function listenForSignals(): void {
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      const stop = onStop;
      onStop = null; // Told twice, it ends at once.
      if (stop === null) process.exit(128 + number);
      stop();
    });
  }
}

/** Lets a verb end in its own way at the first signal. */
export function endWith(stop: () => void): void {
  onStop = stop;
}
