/** A film that the page plays itself: which frame is next, so that a page that comes anew goes on there. */
import type { FilmFacts, Frame, Summary } from '../api';
import type { Film } from '../kiosk/film';

export class ShownFilm {
  /** The frame after the last that was looked at. */
  #at = 0;

  constructor(private readonly film: Film) {}

  get facts(): FilmFacts {
    const { frames, fps, everyFrame } = this.film;
    return { frames, fps, everyFrame };
  }

  /** What a page asks for: from the frame it names, or where the one before was, if every frame counts. */
  part(from: number | null): ReturnType<Film['part']> {
    return this.film.part(from ?? (this.film.everyFrame ? this.#at : 0));
  }

  /** Milliseconds into the film; undefined of a frame that is not its. */
  timeOf({ film }: Frame): number | undefined {
    return film === undefined ? undefined : (1000 * film) / this.film.fps;
  }

  looked({ film }: Frame): void {
    if (film !== undefined) this.#at = film + 1;
  }

  /** How far it went and how fast, where every frame counts. */
  summary(watched: Summary): Summary {
    if (!this.film.everyFrame) return watched;
    const seconds = this.#at / this.film.fps;
    return { ...watched, film: { seconds, speed: watched.seconds > 0 ? seconds / watched.seconds : 0 } };
  }
}
