/**
 * The short sounds of the verdicts, synthesised with Web Audio: nothing is loaded, and each is told apart by its
 * melody alone. `correct` rises, `incorrect` repeats one note, `none` falls.
 */
import type { MaskClass } from '../../src-main/api';

/** Notes as [frequency in Hz, start in seconds, length in seconds]. */
export const MELODIES: Record<MaskClass, readonly (readonly [number, number, number])[]> = {
  correct: [
    [659.25, 0, 0.22],
    [987.77, 0.13, 0.42],
  ],
  incorrect: [
    [587.33, 0, 0.2],
    [587.33, 0.24, 0.34],
  ],
  none: [
    [587.33, 0, 0.26],
    [440, 0.2, 0.5],
  ],
};

/** Seconds in which a note swells, so that it does not click. */
const ATTACK = 0.015;

/**
 * Plays a verdict's sound, soft and bell-like.
 * @param volume 0 to 1
 */
export function chime(context: BaseAudioContext, verdict: MaskClass, volume: number): void {
  const now = context.currentTime + 0.02;
  for (const [frequency, start, length] of MELODIES[verdict]) {
    // The note and, quieter, its octave.
    for (const [multiple, share] of [
      [1, 0.5],
      [2, 0.12],
    ] as const) {
      const note = context.createOscillator();
      const loudness = context.createGain();
      note.frequency.value = frequency * multiple;
      loudness.gain.setValueAtTime(0, now + start);
      loudness.gain.linearRampToValueAtTime(share * volume, now + start + ATTACK);
      loudness.gain.exponentialRampToValueAtTime(0.0001, now + start + length);
      note.connect(loudness).connect(context.destination);
      note.start(now + start);
      note.stop(now + start + length);
    }
  }
}
