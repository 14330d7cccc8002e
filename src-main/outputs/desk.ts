/**
 * Outputs for the pages: the webhook as the settings have it, its secret and how it fares. The secret is no setting: it
 * lies in a file of its own, which only its owner may read, and no page is ever given it back.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { webhookSecretSchema } from '../api';
import type { DeskEvent, DeskFunctions, Settings, VerdictEvent, WebhookState } from '../api';
import { reason } from '../files';
import type { Offered } from '../rpc';
import { writeWhole } from '../store/settings';
import { Webhook } from './webhook';
import { saidOf, type NotWatching } from './webhook-message';

export interface OutputsParts {
  /** For settings and all that is kept. */
  folder: string;
  version: string;
  settings: () => Settings['outputs'];
  /** Why nobody is watched now; null while it watches. */
  notWatching: () => NotWatching | null;
  tell: (event: DeskEvent) => void;
}

const ALIVE_EVERY = 60_000;

export class OutputsDesk {
  readonly #webhook: Webhook;
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #secret: string | null = null;
  /** Set while the secret is there and cannot be used: what should be signed is then not sent unsigned. */
  #broken = false;
  /** As it is read at the start; everything else comes after it. */
  #reading: Promise<void>;

  constructor(private readonly parts: OutputsParts) {
    const { folder, version, settings, tell } = parts;
    this.#path = join(folder, 'webhook.secret');
    const run = randomUUID();
    this.#webhook = new Webhook({
      settings: () => {
        const { webhook } = settings();
        return this.#broken ? { ...webhook, on: false } : webhook;
      },
      secret: () => this.#secret,
      sender: () => ({ door: settings().webhook.door || hostname(), run, maskwatch: version }),
      onChange: () => {
        tell({ type: 'webhook', webhook: this.#state });
      },
      onNotice: (message) => {
        tell({ type: 'notice', message });
      },
    });
    this.#reading = this.#read();
    this.#timer = setInterval(() => {
      this.#sayAlive();
    }, ALIVE_EVERY).unref();
  }

  settled(event: VerdictEvent): void {
    if (!this.parts.settings().webhook.verdicts.includes(event.verdict)) return;
    void this.#reading.then(() => {
      this.#webhook.say(saidOf(event), event.at);
    });
  }

  functions() {
    return {
      webhook: () => this.#reading.then(() => this.#state),
      setWebhookSecret: (secret) => this.#keep(secret),
      testWebhook: async () => {
        await this.#reading;
        if (this.#broken) return `the secret in ${this.#path} cannot be used: set it anew`;
        return this.#webhook.test();
      },
    } satisfies Partial<Offered<DeskFunctions>>;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#webhook.close();
  }

  get #state(): WebhookState {
    return { signed: this.#secret !== null, ...this.#webhook.state };
  }

  #sayAlive(): void {
    if (!this.parts.settings().webhook.alive) return;
    const why = this.parts.notWatching();
    this.#webhook.say({ type: 'alive', data: { watching: why === null, why } }, new Date().toISOString());
  }

  async #read(): Promise<void> {
    try {
      this.#secret = v.parse(webhookSecretSchema, await readFile(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#broken = true;
      const why = error instanceof v.ValiError ? error.message : reason(error);
      const message = `the webhook is off: the secret in ${this.#path} cannot be used (${why}); set it anew`;
      this.parts.tell({ type: 'notice', message });
    }
  }

  async #keep(secret: string | null): Promise<WebhookState> {
    await this.#reading;
    try {
      if (secret === null) await rm(this.#path, { force: true });
      else await writeWhole(this.#path, `${secret}\n`);
    } catch (error) {
      throw new Error(`the secret could not be saved to ${this.#path}: ${reason(error)}`, { cause: error });
    }
    this.#secret = secret;
    this.#broken = false;
    return this.#state;
  }
}
