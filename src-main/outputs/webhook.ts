/**
 * Tells an address of verdicts, one message after the other, so that it hears them in their order. It is told beside the
 * watch and never in its way: what cannot be sent is tried again, less and less often, and given up once it is too old to
 * act on or too many others wait. Opens no connection but to that address.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Settings, WebhookState } from '../api';
import { headersOf, messageOf, type Message, type Said, type Sender } from './webhook-message';

export interface WebhookOptions {
  settings: () => Settings['outputs']['webhook'];
  /** Null signs nothing. */
  secret: () => string | null;
  sender: () => Sender;
  /** It fares otherwise now. */
  onChange: () => void;
  /** Something that people should know, in a sentence. */
  onNotice: (message: string) => void;
  /** Milliseconds until the first try again, and for which a message is of use; tests have no time. */
  pace?: { firstWait: number; keep: number };
}

/** Messages that wait at most, and milliseconds after which nobody should act on one any more. */
const MOST_WAITING = 200;
const PACE = { firstWait: 1000, keep: 120_000 };
/** Milliseconds between two tries at most, and until a try counts as failed. */
const LONGEST_WAIT = 10_000;
const PATIENCE = 10_000;
/** Tries in a row that fail before people are told. */
const UNTIL_NOTICE = 3;
/** Answers that say "later": too early, timeout, too many. Other 4xx mean that this message will never be taken. */
const LATER = new Set([408, 425, 429]);

interface Waiting {
  message: Message;
  /** By performance.now(). */
  since: number;
  url: string;
}

export class Webhook {
  readonly #queue: Waiting[] = [];
  #sequence = 0;
  #delivered = 0;
  #missed = 0;
  #last: WebhookState['last'] = null;
  /** Failed tries in a row. */
  #failures = 0;
  #sending: Promise<void> | null = null;
  /** Ends what is being waited for. */
  readonly #closing = new AbortController();

  constructor(private readonly options: WebhookOptions) {}

  get state(): Omit<WebhookState, 'signed'> {
    return {
      waiting: this.#queue.length,
      delivered: this.#delivered,
      missed: this.#missed,
      last: this.#last,
    };
  }

  /** Says something, if the webhook is on. Never throws, never waits. @param at ISO 8601 */
  say(said: Said, at: string): void {
    const { on, url } = this.options.settings();
    if (!on || url === '' || this.#closing.signal.aborted) return;
    // That it is alive is said now or not at all.
    if (said.type === 'alive' && this.#queue.length > 0) return;
    this.#queue.push({ message: this.#message(said, at), since: performance.now(), url });
    if (this.#queue.length > MOST_WAITING) this.#giveUp(1);
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
    this.options.onChange();
  }

  /** Sends a message to try it, now and once, whether it is on or not. @returns null, or what went wrong in words */
  async test(): Promise<string | null> {
    const { url } = this.options.settings();
    if (url === '') return 'there is no web address';
    const { fault } = await this.#post(
      url,
      this.#message({ type: 'test', data: {} }, new Date().toISOString()),
    );
    return fault;
  }

  /** What waits is given up. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#sending;
  }

  #message(said: Said, at: string): Message {
    return messageOf(said, this.options.sender(), at, ++this.#sequence);
  }

  async #send(): Promise<void> {
    const { firstWait } = this.options.pace ?? PACE;
    while ((this.#forgetOld(), this.#queue.length > 0 && !this.#closing.signal.aborted)) {
      const [next] = this.#queue;
      const { fault, later } = await this.#post(next!.url, next!.message);
      if (this.#closing.signal.aborted) return;
      // It may have been pushed out meanwhile.
      const isThere = this.#queue[0] === next;
      if (!later) {
        if (isThere) this.#queue.shift();
        if (fault === null) this.#delivered++;
        else if (isThere) this.#missed++;
      }
      this.#note(fault);
      if (later) {
        const rest = Math.min(firstWait * 2 ** (this.#failures - 1), LONGEST_WAIT);
        await wait(rest, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** @returns what went wrong, or null, and whether the same may be taken later */
  async #post(url: string, message: Message): Promise<{ fault: string | null; later: boolean }> {
    const { secret, sender } = this.options;
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE), this.#closing.signal]);
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: headersOf(message, secret(), Date.now(), sender().maskwatch),
        body: message.body,
        // Another address is not the one that was set.
        redirect: 'manual',
        signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return { fault: null, later: false };
      const { status } = answer;
      return { fault: `it answered ${String(status)}`, later: status >= 500 || LATER.has(status) };
    } catch (error) {
      return { fault: whyUnsent(error), later: true };
    }
  }

  /** Drops what nobody should act on any more, and what was for another address, or for one that is off now. */
  #forgetOld(): void {
    const { keep } = this.options.pace ?? PACE;
    const { on, url } = this.options.settings();
    const old = performance.now() - keep;
    const kept = this.#queue.findIndex((waiting) => on && waiting.url === url && waiting.since >= old);
    const gone = kept < 0 ? this.#queue.length : kept;
    if (gone > 0) this.#giveUp(gone);
  }

  #giveUp(count: number): void {
    this.#queue.splice(0, count);
    this.#missed += count;
    this.options.onChange();
  }

  #note(fault: string | null): void {
    this.#last = { at: new Date().toISOString(), fault };
    const before = this.#failures;
    this.#failures = fault === null ? 0 : before + 1;
    if (this.#failures === UNTIL_NOTICE)
      this.options.onNotice(`the webhook does not take verdicts: ${fault ?? ''}; the watch goes on`);
    this.options.onChange();
  }
}

const CODES: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
  ENOTFOUND: 'there is no machine of that name',
  EAI_AGAIN: 'names cannot be looked up now',
  EHOSTUNREACH: 'the machine cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPERM: 'this machine lets nothing out to it',
  EACCES: 'this machine lets nothing out to it',
};

/** In words; what fetch itself says of its failures is nothing. */
function whyUnsent(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  const cause = error.cause instanceof AggregateError ? (error.cause.errors[0] as unknown) : error.cause;
  const { code, message } = (cause ?? error) as NodeJS.ErrnoException;
  return CODES[code ?? ''] ?? message;
}
