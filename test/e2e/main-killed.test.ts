/**
 * A main process that is killed and started again: the page that is still on the screen finds the new one by
 * itself, in the same browser, and the watch goes on.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src-main/api';
import { maskwatch, type Command } from './command';
import { recovered } from '../recovery';
import { shortFilm } from './film';

let config: string;
let args: string[];
const commands: Command[] = [];
beforeAll(async () => {
  config = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
  const { path } = await shortFilm();
  args = ['monitor', '--headless', '--json', '--provider', 'cpu', '--source', path];
}, 180_000);
afterAll(async () => {
  for (const { process: child, ended } of commands) {
    child.kill();
    await ended;
  }
  await rm(config, { recursive: true, force: true });
});

const start = (): Command => {
  const command = maskwatch(args, config);
  commands.push(command);
  return command;
};
const browserPid = async (): Promise<number> => {
  const session = JSON.parse(await readFile(join(config, 'session.json'), 'utf8')) as {
    browser: { pid: number };
  };
  return session.browser.pid;
};

/** The rates, told every ten seconds, once there are any. */
const LOOKING = /^(?!0\.0)[\d.]+ looks\/s/;

/** A process that nobody waited for stays in the table when it has ended. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(await readFile(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ESRCH' && process.platform !== 'linux';
  }
}

describe('a main process that is killed', () => {
  it('is replaced under the page that stays', async () => {
    const first = start();
    await first.line('stderr', LOOKING);
    const address = await first.line('stderr', /^live page: /);
    const browser = await browserPid();
    const killed = performance.now();
    first.process.kill('SIGKILL');
    expect(await first.ended).toBeNull();

    const second = start();
    await second.line('stderr', LOOKING);
    // The rates are told every ten seconds: it looks again up to that much sooner.
    recovered('main killed', killed);
    expect(await second.line('stderr', /^live page: /)).toBe(address);
    expect(second.stderr.join('\n')).toContain('the window that was open before is used again');
    expect(await browserPid()).toBe(browser);

    second.process.kill('SIGTERM');
    const summary = JSON.parse(await second.line('stdout', /"type":"summary"/)) as Summary;
    expect(await second.ended).toBe(0);
    expect(summary.frames).toBeGreaterThan(0);
    await expect.poll(() => isRunning(browser), { timeout: 30_000 }).toBe(false);
  }, 240_000);
});
