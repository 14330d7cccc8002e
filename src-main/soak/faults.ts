/**
 * The accidents of a soak test, done to the real browser and the real files: processes killed or stopped in the middle
 * of whatever they do, a database that is locked. Linux, whose /proc tells which process is which.
 */
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'libsql';
import { memoryOf, treeOf, type Process } from '../kiosk/processes';

/** What accidents are done to. */
export interface Victim {
  /** Of the browser, as it is now. */
  browser: () => Promise<number>;
  /** With settings.json and maskwatch.db. */
  folder: string;
}

/** The largest process of a kind: of the renderers, the one with the page. */
async function signal({ browser }: Victim, kind: string, name: NodeJS.Signals): Promise<void> {
  const size = ({ pid }: Process): number => memoryOf(pid);
  const [largest] = treeOf(await browser())
    .filter((one) => one.kind === kind)
    .sort((a, b) => size(b) - size(a));
  if (largest !== undefined) process.kill(largest.pid, name);
}

/** Seconds for which the database is locked by someone else: longer than a writer waits for it. */
const LOCKED = 6;

/** Each by its name; resolves when it is done, not when it is over. */
export const FAULTS = {
  'page killed': (victim) => signal(victim, 'renderer', 'SIGKILL'),
  'page hangs': (victim) => signal(victim, 'renderer', 'SIGSTOP'),
  'graphics killed': (victim) => signal(victim, 'gpu-process', 'SIGKILL'),
  'browser killed': async ({ browser }) => {
    process.kill(await browser(), 'SIGKILL');
  },
  'database locked': async ({ folder }) => {
    const db = new Database(join(folder, 'maskwatch.db'), { timeout: 5000 });
    db.exec('BEGIN EXCLUSIVE');
    void wait(LOCKED * 1000).then(() => {
      db.exec('ROLLBACK');
      db.close();
    });
  },
  'settings cut off': ({ folder }) => truncate(join(folder, 'settings.json'), 7).catch(() => undefined), // None yet.
} satisfies Record<string, (victim: Victim) => Promise<void>>;
export type FaultName = keyof typeof FAULTS;
