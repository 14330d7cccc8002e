/**
 * What keeps the live page from judging now, and what main had to deal with: for the strips over the picture and the
 * list in the settings. Knows faults and notices; draws nothing.
 */
import { ELSEWHERE, type Fault } from '../../src-main/api';
import { DARK } from '../vision/watcher';

/** Notices that are kept for whoever opens the settings. */
const MOST = 5;

export class Troubles {
  #detector = $state<string | null>(null);
  #rest = $state(0);
  #judge = $state<string | null>(null);
  #elsewhere = $state(false);
  #dark = $state(false);
  #notices = $state.raw<readonly string[]>([]);

  /** What keeps faces from being found, or null. */
  get detector(): string | null {
    return this.#detector;
  }
  /** Milliseconds after which the detector is tried again, where it failed again and again; else 0. */
  get rest(): number {
    return this.#rest;
  }
  /** What keeps main from judging them, or null. */
  get judge(): string | null {
    return this.#judge;
  }
  /** Another window watches. */
  get elsewhere(): boolean {
    return this.#elsewhere;
  }
  /** The picture is black. */
  get dark(): boolean {
    return this.#dark;
  }
  /** Sentences of what main had to deal with, the newest last; main's own, in English. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** @returns whether main is to be told: not of what it said itself */
  take({ where, message }: Fault, restMs = 0): boolean {
    if (where === 'detector') {
      this.#detector = message;
      this.#rest = restMs;
    } else if (where === 'camera') this.#dark = message === DARK;
    else if (message === ELSEWHERE) this.#elsewhere = true;
    // What cannot be kept for review keeps nobody from being judged.
    else if (where !== 'sample') this.#judge = message;
    return message !== ELSEWHERE;
  }

  /** Main answered a frame. */
  looked(): void {
    this.#detector = null;
    this.#judge = null;
    this.#elsewhere = false;
  }

  noticed(...messages: string[]): void {
    this.#notices = [...this.#notices.filter((one) => !messages.includes(one)), ...messages].slice(-MOST);
  }

  dismissNotices(): void {
    this.#notices = [];
  }
}
