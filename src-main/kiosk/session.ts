/**
 * What a browser host leaves for the one after it: its port, token and browser. When main is killed, the next one
 * takes the same address, so that the page that is still on the screen finds it again, and no browser is left
 * running that nobody minds.
 */
import { readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { writeWhole } from '../store/settings';

const sessionSchema = v.object({
  /** The main process. */
  pid: v.pipe(v.number(), v.integer()),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  token: v.pipe(v.string(), v.hexadecimal(), v.minLength(32)),
  browser: v.nullable(
    v.object({
      pid: v.pipe(v.number(), v.integer(), v.minValue(2)),
      profile: v.string(),
      /** How it was opened: the window, and the file it plays as the camera. */
      window: v.picklist(['app', 'kiosk', 'headless']),
      camera: v.nullable(v.string()),
    }),
  ),
});
export type Session = v.InferOutput<typeof sessionSchema>;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The session that a dead main left; null when there is none.
 * @returns 'taken' while another main is alive with it
 */
export async function leftSession(path: string): Promise<Session | null | 'taken'> {
  try {
    const session = v.parse(sessionSchema, JSON.parse(await readFile(path, 'utf8')));
    return session.pid !== process.pid && isAlive(session.pid) ? 'taken' : session;
  } catch {
    return null; // None, or none that can be used: a new one is begun.
  }
}

/** Keeps the session for the next main; one that cannot be kept is no reason to stop. */
export const keepSession = (path: string, session: Session): Promise<void> =>
  writeWhole(path, JSON.stringify(session)).catch(() => undefined);

export const forgetSession = (path: string): Promise<void> => rm(path, { force: true });
