/**
 * The PIN: who must give it, and how it is kept. Only its scrypt hash, with a salt of its own, is written beside the
 * settings; it is never logged. Wrong ones in a row make everyone wait, longer each time. A page that gave it stays
 * unlocked until it is locked or has asked for nothing guarded for a while.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { LOCKED, type Access } from './api';
import { writeWhole } from './store/settings';

/** Cost of a hash: about 100 ms and 32 MB, on any try. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const HASH_BYTES = 32;
/** Wrong PINs in a row that cost nothing; each further one makes everyone wait twice as long as the one before. */
const FREE_TRIES = 5;
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 15 * 60_000;

const fileSchema = v.strictObject({
  version: v.literal(1),
  salt: v.pipe(v.string(), v.hexadecimal(), v.length(32)),
  hash: v.pipe(v.string(), v.hexadecimal(), v.length(2 * HASH_BYTES)),
});
type Kept = v.InferOutput<typeof fileSchema>;

const hashOf = (pin: string, salt: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(pin, Buffer.from(salt, 'hex'), HASH_BYTES, COST, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });

export interface AccessOptions<Page> {
  /** Where the hash is kept; the file is there while a PIN is set. */
  path: string;
  /** Minutes without a guarded call after which a page is locked again. */
  lockMinutes: () => number;
  /** Told of a page whose standing changed without its asking. */
  onChange: (page: Page, access: Access) => void;
  /** Milliseconds of any steady clock. */
  now?: () => number;
}

/** @typeParam Page what stands for a page: any object */
export class AccessControl<Page extends object> {
  #kept: Kept | null;
  /** Pages that have given the PIN, with when they are locked again. */
  readonly #unlocked = new Map<Page, NodeJS.Timeout>();
  #wrong = 0;
  #waitUntil = -Infinity;
  /** Tries, one after the other: many at once must not outrun the counting. */
  #trying: Promise<unknown> = Promise.resolve();
  readonly #now: () => number;

  private constructor(
    private readonly options: AccessOptions<Page>,
    kept: Kept | null,
    /** What had to be done at start, in a sentence, or null. */
    readonly notice: string | null,
  ) {
    this.#kept = kept;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @throws Error naming the file when it is there but may not be read: nobody then knows whether a PIN is set */
  static async open<Page extends object>(options: AccessOptions<Page>): Promise<AccessControl<Page>> {
    const { path } = options;
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new AccessControl(options, null, null);
      throw new Error(`cannot read ${path}, which holds the PIN: ${(error as Error).message}`, {
        cause: error,
      });
    }
    try {
      return new AccessControl(options, v.parse(fileSchema, JSON.parse(text)), null);
    } catch {
      const aside = `${path}.broken-${new Date().toISOString().replaceAll(':', '-')}`;
      await rename(path, aside).catch(() => undefined);
      const notice = `the PIN in ${path} cannot be read: it was set aside as ${aside}; set a new one`;
      return new AccessControl(options, null, notice);
    }
  }

  get pinSet(): boolean {
    return this.#kept !== null;
  }

  of(page: Page): Access {
    return {
      pinSet: this.pinSet,
      locked: this.pinSet && !this.#unlocked.has(page),
      waitSeconds: Math.max(0, (this.#waitUntil - this.#now()) / 1000),
    };
  }

  /** Lets a guarded call through, which counts as use. @throws Error LOCKED while the page must give the PIN first */
  admit(page: Page): void {
    if (!this.pinSet) return;
    if (!this.#unlocked.has(page)) throw new Error(LOCKED);
    this.#open(page);
  }

  /** Tries a PIN for a page. */
  unlock(page: Page, pin: string): Promise<Access> {
    return this.#inTurn(async () => {
      if (await this.#isRight(pin)) this.#open(page);
      return this.of(page);
    });
  }

  lock(page: Page): Access {
    this.forget(page);
    return this.of(page);
  }

  /** The page has gone. */
  forget(page: Page): void {
    clearTimeout(this.#unlocked.get(page));
    this.#unlocked.delete(page);
  }

  /**
   * Sets, changes or (null) removes the PIN; every other page must then give the new one.
   * @param current the one that holds; where it is wrong nothing changes
   * @returns how the page stands; `locked` when `current` was wrong
   * @throws Error in one sentence when it cannot be saved
   */
  set(page: Page, current: string | null, next: string | null): Promise<Access> {
    return this.#inTurn(async () => {
      if (this.#kept !== null && !(await this.#isRight(current ?? '')))
        return { ...this.of(page), locked: true };
      const kept = next === null ? null : await this.#hashed(next);
      try {
        if (kept === null) await rm(this.options.path, { force: true });
        else await writeWhole(this.options.path, `${JSON.stringify(kept)}\n`);
      } catch (error) {
        throw new Error(`the PIN could not be saved to ${this.options.path}: ${(error as Error).message}`, {
          cause: error,
        });
      }
      this.#kept = kept;
      const others = [...this.#unlocked.keys()].filter((other) => other !== page);
      for (const other of others) this.forget(other);
      if (kept !== null) this.#open(page);
      for (const other of others) this.options.onChange(other, this.of(other));
      return this.of(page);
    });
  }

  close(): void {
    for (const page of [...this.#unlocked.keys()]) this.forget(page);
  }

  async #hashed(pin: string): Promise<Kept> {
    const salt = randomBytes(16).toString('hex');
    return { version: 1, salt, hash: (await hashOf(pin, salt)).toString('hex') };
  }

  /** While one has to wait no PIN is right: what is tried then says nothing. */
  async #isRight(pin: string): Promise<boolean> {
    if (this.#kept === null) return true;
    if (this.#now() < this.#waitUntil) return false;
    const right = timingSafeEqual(await hashOf(pin, this.#kept.salt), Buffer.from(this.#kept.hash, 'hex'));
    this.#wrong = right ? 0 : this.#wrong + 1;
    if (this.#wrong >= FREE_TRIES)
      this.#waitUntil = this.#now() + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#wrong - FREE_TRIES));
    return right;
  }

  #open(page: Page): void {
    clearTimeout(this.#unlocked.get(page));
    const lock = (): void => {
      this.forget(page);
      this.options.onChange(page, this.of(page));
    };
    this.#unlocked.set(page, setTimeout(lock, this.options.lockMinutes() * 60_000).unref());
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#trying.then(work);
    this.#trying = result.catch(() => undefined);
    return result;
  }
}
