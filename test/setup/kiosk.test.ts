/**
 * A door on a bare Debian: what `npm run install-kiosk` puts into a system's folder, that it runs from there alone, what
 * systemd thinks of its service, and how its supervisor starts again what breaks.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src-main/pages';
import { Restarts } from '../../src-main/setup/restarts.mjs';

const run = promisify(execFile);
const script = join(projectRoot(), 'src-main', 'setup', 'install-kiosk.mjs');
const canInstall =
  process.getuid?.() === 0 && existsSync('/usr/bin/systemd-analyze') && existsSync('/usr/bin/systemctl');

describe.skipIf(!canInstall)('a machine at a door (needs root and systemd’s programs)', () => {
  let system: string;
  let app: string;
  beforeAll(async () => {
    system = await mkdtemp(join(tmpdir(), 'maskwatch-kiosk-'));
    app = join(system, 'opt', 'maskwatch');
    await mkdir(join(system, 'etc'));
    await writeFile(join(system, 'etc', 'debian_version'), '12.0\n');
    // As if an older one were there.
    await mkdir(app, { recursive: true });
    await writeFile(join(app, 'stale.js'), '');
    const { stderr } = await run(process.execPath, [script, '--root', system]);
    expect(stderr).toContain('starts with the machine');
  });
  afterAll(async () => {
    await rm(system, { recursive: true });
  });

  it('starts the watch with the machine, as a user of its own that nobody can be', async () => {
    const wanted = join(system, 'etc/systemd/system/multi-user.target.wants/maskwatch.service');
    expect(await readlink(wanted)).toBe('/etc/systemd/system/maskwatch.service');
    expect(await readFile(join(system, 'etc/passwd'), 'utf8')).toMatch(
      /^maskwatch:x:.*:\/usr\/sbin\/nologin$/m,
    );
    expect(await readFile(join(system, 'etc/group'), 'utf8')).toMatch(/^video:.*:maskwatch$/m);
  });

  it('has a service that systemd understands, and that may reach nothing but the machine itself', async () => {
    const unit = join(system, 'etc/systemd/system/maskwatch.service');
    const said = await run('systemd-analyze', ['verify', unit]).catch(
      (error: unknown) => error as { stderr: string },
    );
    // Neither program need be on this machine.
    const complaints = said.stderr
      .split('\n')
      .filter((line) => line !== '' && !/Command \S+ is not executable/.test(line));
    expect(complaints).toEqual([]);
    const text = await readFile(unit, 'utf8');
    expect(text).toMatch(/^IPAddressDeny=any\nIPAddressAllow=localhost$/m);
    for (const [, path] of text.matchAll(/(\/opt\/maskwatch\/\S+)/g))
      expect(existsSync(join(system, path!)), path).toBe(true);
  });

  it('judges a face with what is in its folder alone', async () => {
    const crop = join(system, 'crop.png');
    const background = { r: 200, g: 160, b: 140 };
    await sharp({ create: { width: 112, height: 112, channels: 3, background } })
      .png()
      .toFile(crop);
    const args = ['out/main/cli.js', 'classify', crop, '--crops', '--json', '--provider', 'cpu'];
    const { stdout } = await run(join(app, 'bin', 'node'), args, { cwd: app, env: { HOME: system } });
    expect(JSON.parse(stdout)).toMatchObject({ file: crop });
  });

  it('leaves nothing of the one before, starts the watch again when it breaks, and can be removed', async () => {
    expect(
      ['stale.js', '../maskwatch.old', '../maskwatch.new'].filter((path) => existsSync(join(app, path))),
    ).toEqual([]);
    const supervised = await breakAgainAndAgain(app);
    expect(supervised).toEqual([
      'maskwatch ended unexpectedly (SIGKILL): it is started again',
      'maskwatch ended unexpectedly (SIGKILL): it is started again in 1 s',
    ]);
    await run(process.execPath, [script, '--root', system, '--remove']);
    for (const path of [
      'opt/maskwatch',
      'etc/systemd/system/maskwatch.service',
      'etc/systemd/system/multi-user.target.wants/maskwatch.service',
    ])
      expect(existsSync(join(system, path)), path).toBe(false);
  });

  it('is not made of what is no Debian', async () => {
    const folder = join(system, 'opt');
    await expect(run(process.execPath, [script, '--root', folder])).rejects.toThrow(`${folder} is no Debian`);
  });
});

/** Puts a watch that kills itself into an installed app, and gives the first two lines of its supervisor. */
async function breakAgainAndAgain(app: string): Promise<string[]> {
  await writeFile(join(app, 'out/main/cli.js'), `process.kill(process.pid, 'SIGKILL');`);
  const supervisor = spawn(join(app, 'bin/node'), [join(app, 'src-main/setup/supervise.mjs')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: supervisor.stderr })) {
    lines.push(line);
    if (lines.length === 2) supervisor.kill('SIGTERM');
  }
  return lines;
}

describe('what breaks', () => {
  it('is started again at most five times a minute, then less and less often, and for ever', () => {
    let now = 0;
    const restarts = new Restarts(() => now);
    const waits = Array.from({ length: 12 }, () => {
      const wait = restarts.next();
      now += wait + 10; // It breaks as soon as it is there.
      return wait / 1000;
    });
    expect(waits).toEqual([0, 1, 2, 4, 8, 60, 120, 240, 480, 600, 600, 600]);
    expect(restarts.backsOff).toBe(true);
  });

  it('has recovered when it ran for a minute', () => {
    let now = 0;
    const restarts = new Restarts(() => now);
    for (let i = 0; i < 7; i++) now += restarts.next();
    now += 61_000;
    expect(restarts.next()).toBe(0);
    expect(restarts.backsOff).toBe(false);
  });
});
