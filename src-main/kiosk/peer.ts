/** Whose program is at the other end of a connection on loopback: Linux's tables of connections tell. */
import { readFileSync } from 'node:fs';

/** A row's address of 127.0.0.1 and a port, alone or as IPv6 writes it. */
const isAt = (address: string | undefined, port: number): boolean => {
  const [ip = '', hex = ''] = (address ?? '').split(':');
  return ip.endsWith('0100007F') && parseInt(hex, 16) === port;
};

/**
 * Whether the user who opened a connection is the one we run as.
 * @param theirs port of its other end
 * @param ours port that we serve
 * @returns null where the system does not tell
 */
export function isOwnUser(theirs: number, ours: number): boolean | null {
  let rows: string[];
  try {
    // A program that speaks IPv6 stands in the other table, though it came to an address of IPv4.
    rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n'));
  } catch {
    return null;
  }
  for (const row of rows) {
    const [, local, remote, , , , , user] = row.trim().split(/\s+/);
    if (isAt(local, theirs) && isAt(remote, ours)) return Number(user) === process.getuid?.();
  }
  return false; // It has gone already.
}
