/** Names of the two messages between the preload and main; everything else goes over the line they open. */

/** Preload to main: give me a line. */
export const OPEN_LINE = 'maskwatch:open-line';
/** Main to preload: here is your end of it. */
export const LINE = 'maskwatch:line';
