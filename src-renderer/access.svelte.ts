/**
 * How this page stands towards the PIN. What the PIN guards is asked of main through `run`: where main answers that the
 * page is locked, the PIN is asked for (parts/PinDialog.svelte) and the question is put again.
 */
import { isLocked, type Access } from '../src-main/api';
import type { Main } from './connection';

/** Somebody closed the PIN's dialog: what was asked is not done, and that needs no message. */
export class NotUnlocked extends Error {}

export class Guard {
  #access = $state.raw<Access>({ pinSet: false, locked: false, waitSeconds: 0 });
  /** Set while the PIN is being asked for. */
  #asking = $state.raw<{ answer: (unlocked: boolean) => void } | null>(null);
  #wrong = $state(false);

  constructor(private readonly main: Main) {}

  get access(): Access {
    return this.#access;
  }
  /** The PIN is being asked for. */
  get asking(): boolean {
    return this.#asking !== null;
  }
  /** The last PIN was not the right one. */
  get wrong(): boolean {
    return this.#wrong;
  }

  take(access: Access): void {
    this.#access = access;
  }

  async refresh(): Promise<void> {
    this.take(await this.main.access());
  }

  /**
   * Does what may be guarded.
   * @throws NotUnlocked when the PIN is asked for and not given, and whatever `work` throws
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isLocked(error)) throw error;
        await this.refresh();
        if (!(await this.ask())) throw new NotUnlocked('the PIN was not given');
      }
    }
  }

  /** Asks for the PIN. @returns whether the page is unlocked now */
  ask(): Promise<boolean> {
    const before = this.#asking;
    return new Promise((resolve) => {
      this.#wrong = false;
      this.#asking = {
        answer: (unlocked) => {
          before?.answer(unlocked);
          resolve(unlocked);
        },
      };
    });
  }

  /** Tries a PIN; the dialog closes when it is right. */
  async unlock(pin: string): Promise<void> {
    this.take(await this.main.unlock(pin));
    this.#wrong = this.#access.locked;
    if (!this.#access.locked) this.#answer(true);
  }

  giveUp(): void {
    this.#answer(false);
  }

  #answer(unlocked: boolean): void {
    this.#asking?.answer(unlocked);
    this.#asking = null;
  }
}
