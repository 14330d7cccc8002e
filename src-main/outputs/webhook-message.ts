/**
 * What a webhook is told, in words that docs/webhook.md promises, and its signature after Standard Webhooks
 * (standardwebhooks.com), which receivers in most languages have a library for. No picture, no place in it, nothing of who
 * somebody is.
 */
import { createHmac } from 'node:crypto';
import type { MaskClass, Probabilities, VerdictEvent } from '../api';

/** Why it does not watch. */
export type NotWatching = 'paused' | 'camera' | 'page';

export type Said =
  | {
      type: 'verdict';
      data: {
        verdict: MaskClass;
        /** What the same face was told to be before, or null at first. */
        before: MaskClass | null;
        /** The same for all that is said of one face while it is in view; a number that counts up, of no person. */
        face: number;
        probabilities: Probabilities;
        /** From the face's first look to this verdict. */
        waitMilliseconds: number;
      };
    }
  /** Once a minute, where it is asked for. */
  | { type: 'alive'; data: { watching: boolean; why: NotWatching | null } }
  /** Somebody pressed the button that tries it. */
  | { type: 'test'; data: Record<string, never> };

/** What is the same in all messages of a run. */
export interface Sender {
  /** What the door is called. */
  door: string;
  /** Of this start of maskwatch: `sequence` and `face` count anew in each. */
  run: string;
  maskwatch: string;
}

export interface Message {
  /** The same however often it is sent. */
  id: string;
  body: string;
}

/**
 * @param at when it happened, ISO 8601
 * @param sequence counts up within a run, from 1, over all messages: a gap is what was missed
 */
export function messageOf(said: Said, sender: Sender, at: string, sequence: number): Message {
  const { type, data } = said;
  return {
    id: `${sender.run}-${String(sequence)}`,
    body: JSON.stringify({ type, timestamp: at, version: 1, ...sender, sequence, data }),
  };
}

export const saidOf = ({ verdict, before, track, probabilities, waitMs }: VerdictEvent): Said => ({
  type: 'verdict',
  data: { verdict, before, face: track, probabilities, waitMilliseconds: Math.round(waitMs) },
});

/**
 * The headers of one sending.
 * @param secret see webhookSecretSchema; null signs nothing
 * @param now milliseconds since the epoch
 */
export function headersOf(
  { id, body }: Message,
  secret: string | null,
  now: number,
  version: string,
): Record<string, string> {
  const time = String(Math.floor(now / 1000));
  const headers = {
    'content-type': 'application/json',
    'user-agent': `maskwatch/${version}`,
    'webhook-id': id,
    'webhook-timestamp': time,
  };
  if (secret === null) return headers;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
