/**
 * How much of its time a job may work while somebody is watched beside it: what leaves the picture the rate that it has
 * alone. Processors that give way are not enough: their caches and the memory's bandwidth are shared. The rate alone is
 * known from before the job, or the job rests until it is. Knows nothing of processes; the runner tells them.
 */
import type { Measurements } from '../api';

/** Seconds that a rate is taken over, and those after a change that are not looked at: a step may be under way. */
const WINDOW = 6;
const SETTLE = 2;
/** Milliseconds without a word from the page that watches, after which nobody does. */
const SILENCE = 3000;
/** Shares of the rate alone: below LOW the job works less, so that it comes to AIM; from HIGH on it may work more. */
const LOW = 0.975;
const AIM = 0.985;
const HIGH = 0.985;
/** What it begins with, what it always has, and by how much it tries more. */
const FIRST = 0.25;
const LEAST = 0.05;
const MORE = 1.25;
/** Windows in a row from HIGH on, until it tries more. */
const CALM = 2;
/** Windows in a row that the rate stays low with the least of work, until the rate alone is taken for another. */
const OTHER = 2;

export class GiveWay {
  /** Looks a second without a job; null until that is known. */
  #alone: number | null = null;
  /** 0 while the rate alone is found. */
  #share = FIRST;
  /** The share before a rest. */
  #before = FIRST;
  #calm = 0;
  #stuck = 0;
  #heard = -Infinity;
  #working = false;
  #settle = 0;
  #frames = 0;
  #seconds = 0;

  /** The share of its time that a job may work, 0 to 1. @param now milliseconds, by performance.now() */
  share(now: number): number {
    return now - this.#heard > SILENCE ? 1 : this.#share;
  }

  /** What a job begun now may count on: while the rate alone is found, too. */
  works(now: number): number {
    return this.share(now) === 0 ? this.#before : this.share(now);
  }

  /** What the page that watches measured since it last told. @param working whether a job is at work */
  measured(
    { cameraFrames, frames, seconds }: Pick<Measurements, 'cameraFrames' | 'frames' | 'seconds'>,
    working: boolean,
    now: number,
  ): void {
    // No camera: nobody is watched.
    if (cameraFrames === 0) {
      this.#heard = -Infinity;
      this.#restart();
      return;
    }
    const back = now - this.#heard > SILENCE;
    this.#heard = now;
    if (working !== this.#working || back) {
      this.#working = working;
      if (working) this.#set(this.#alone === null ? 0 : this.#before);
      else this.#restart();
    }
    // The detector is still loading.
    if (frames === 0) this.#restart();
    else if ((this.#settle -= seconds) < 0) {
      this.#frames += frames;
      this.#seconds += seconds;
      if (this.#seconds >= WINDOW) this.#judge(this.#frames / this.#seconds);
    }
  }

  #judge(rate: number): void {
    [this.#frames, this.#seconds] = [0, 0];
    if (!this.#working) {
      this.#alone = rate;
      return;
    }
    if (this.#share === 0 || this.#alone === null) {
      [this.#alone, this.#stuck] = [rate, 0];
      this.#set(this.#before);
      return;
    }
    const kept = rate / this.#alone;
    this.#alone = Math.max(this.#alone, rate);
    this.#calm = kept >= HIGH ? this.#calm + 1 : 0;
    this.#stuck = kept < LOW && this.#share === LEAST ? this.#stuck + 1 : 0;
    if (this.#stuck >= OTHER) this.#set(0);
    else if (kept < LOW) {
      // What is lost is taken to grow with the share.
      this.#set(this.#share * Math.max(0.25, (1 - AIM) / (1 - kept)));
    } else if (this.#calm >= CALM && this.#share < 1) this.#set(this.#share * MORE);
  }

  #set(share: number): void {
    this.#calm = 0;
    this.#share = share === 0 ? 0 : Math.min(1, Math.max(LEAST, share));
    if (share > 0) this.#before = this.#share;
    this.#restart();
  }

  #restart(): void {
    [this.#settle, this.#frames, this.#seconds] = [SETTLE, 0, 0];
  }
}
