/** What maskwatch tells other programs: how its webhook fares, and what pages may ask of it. */
import * as v from 'valibot';

/**
 * What messages are signed with, as Standard Webhooks has it: base64 of 24 to 64 bytes, with or without `whsec_` before
 * it.
 */
export const webhookSecretSchema = v.pipe(
  v.string(),
  v.trim(),
  v.regex(
    /^(whsec_)?(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    'a secret is base64 of 24 to 64 bytes, with whsec_ before it or not',
  ),
);

export interface WebhookState {
  /** Whether messages are signed. */
  signed: boolean;
  /** Messages that are to be sent still; that arrived; and that were given up, since the start. */
  waiting: number;
  delivered: number;
  missed: number;
  /** What came of the last try, or null before the first. */
  last: { at: string; fault: string | null } | null;
}

/** Addresses that stay within the machine. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether anybody on the network between could read what goes to an address, or change it: http to another machine. */
export function isReadableOnTheWay(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !LOOPBACK.test(hostname);
}
