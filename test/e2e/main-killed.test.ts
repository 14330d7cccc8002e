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

describe('a main process that is killed', () => {
  it('is replaced under the page that stays', async () => {
    const first = start();
    await first.line('stdout', /"type":"verdict"/);
    const address = await first.line('stderr', /^live page: /);
    const browser = await browserPid();
    first.process.kill('SIGKILL');
    expect(await first.ended).toBeNull();

    const second = start();
    await second.line('stdout', /"type":"verdict"/);
    expect(await second.line('stderr', /^live page: /)).toBe(address);
    expect(second.stderr.join('\n')).toContain('the window that was open before is used again');
    expect(await browserPid()).toBe(browser);

    second.process.kill('SIGTERM');
    const summary = JSON.parse(await second.line('stdout', /"type":"summary"/)) as Summary;
    expect(await second.ended).toBe(0);
    expect(summary.frames).toBeGreaterThan(0);
    expect(() => process.kill(browser, 0)).toThrow('ESRCH');
  }, 150_000);
});
