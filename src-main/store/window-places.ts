/** Where the live window was, and how large, for windows and for kiosks: it opens there again. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { placeSchema, type Place } from '../api';
import { writeWhole } from './settings';

const fileSchema = v.strictObject({ app: v.optional(placeSchema), kiosk: v.optional(placeSchema) });
/** A kiosk fills the screen it was on. */
export type PlacedWindow = keyof v.InferOutput<typeof fileSchema>;

export class WindowPlaces {
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private places: v.InferOutput<typeof fileSchema>,
  ) {}

  /** Never fails: what cannot be read was never there. */
  static async open(path: string): Promise<WindowPlaces> {
    try {
      return new WindowPlaces(path, v.parse(fileSchema, JSON.parse(await readFile(path, 'utf8'))));
    } catch {
      return new WindowPlaces(path, {});
    }
  }

  of(window: PlacedWindow): Place | null {
    return this.places[window] ?? null;
  }

  /** Keeps a place; one that cannot be written is no reason to stop. */
  keep(window: PlacedWindow, place: Place): void {
    if (JSON.stringify(this.places[window]) === JSON.stringify(place)) return;
    this.places = { ...this.places, [window]: place };
    const text = `${JSON.stringify(this.places)}\n`;
    this.#writing = this.#writing.then(() => writeWhole(this.path, text)).catch(() => undefined);
  }

  /** Settles once all is written. */
  close(): Promise<void> {
    return this.#writing;
  }
}

/** Pixels of a window that a screen must show for the window to be on it. */
const SEEN = 80;

/**
 * The place as one of the screens there are can show it: on the one that shows most of it, no larger than that, and
 * whole, so that it can be moved and closed. Null where its screen is gone.
 * @param screens what of each is free of bars
 */
export function onScreen(place: Place | null, screens: readonly Place[]): Place | null {
  if (place === null) return null;
  const overlap = (a: number, aSize: number, b: number, bSize: number): number =>
    Math.min(a + aSize, b + bSize) - Math.max(a, b);
  const shown = screens
    .map((screen) => ({
      screen,
      width: overlap(place.x, place.width, screen.x, screen.width),
      height: overlap(place.y, place.height, screen.y, screen.height),
    }))
    .filter(({ width, height }) => width >= SEEN && height >= SEEN)
    .sort((a, b) => b.width * b.height - a.width * a.height)[0];
  if (shown === undefined) return null;
  const { screen } = shown;
  const [width, height] = [Math.min(place.width, screen.width), Math.min(place.height, screen.height)];
  return {
    x: Math.max(screen.x, Math.min(place.x, screen.x + screen.width - width)),
    y: Math.max(screen.y, Math.min(place.y, screen.y + screen.height - height)),
    width,
    height,
  };
}
