/** `maskwatch train` as it is built: told to stop, or with a full disk, it keeps what is done and goes on from there. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src-main/pages';
import { finished, maskwatch } from '../e2e/command';
import { drawFaces } from '../learn/drawn-faces';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-train-'));
  await drawFaces(join(folder, 'drawn'), 16);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Seconds on a quiet machine. */
const PATIENCE = 400_000;
const args = (out: string, ...more: string[]) => [
  ...['train', '--data', join(folder, 'drawn'), '--out', out],
  ...'--size 32 --batch 8 --images 32 --threads 1'.split(' '),
  ...more,
];
/** Which epochs a run told of. */
const epochsOf = (lines: string[]) => lines.flatMap((line) => /^epoch \d+/.exec(line)?.[0] ?? []);

test(
  'Ctrl-C keeps the epochs that are done, writes the model, and --resume goes on',
  { timeout: PATIENCE },
  async () => {
    const out = join(folder, 'run');
    const run = maskwatch(args(out, '--epochs', '10000'), folder);
    await run.line('stdout', /^epoch 2:/);
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.stderr).toContain('stopping after this step; --resume goes on from the last whole epoch');
    expect(run.stderr.at(-1)).toMatch(/^stopped early; wrote .*\.onnx and its card$/);
    expect(await readdir(out)).toEqual(
      expect.arrayContaining(['checkpoint.bin', 'history.json', 'run.json']),
    );
    const done = epochsOf(run.stdout).length;
    const { code, stdout } = await finished(args(out, '--epochs', String(done + 1), '--resume'), folder);
    expect(code).toBe(0);
    expect(epochsOf(stdout)).toEqual([`epoch ${done + 1}`]);
  },
);

test.skipIf(process.platform === 'win32')(
  'a disk that fills up while a checkpoint is written costs that epoch and no more',
  { timeout: PATIENCE },
  async () => {
    const out = join(folder, 'run');
    const checkpoint = await readFile(join(out, 'checkpoint.bin'));
    // No file may grow beyond this: what a full disk is to a program, without filling one.
    const shell = 'trap "" XFSZ; ulimit -f 1000; exec "$0" "$@"';
    const cli = join(projectRoot(), 'out', 'main', 'cli.js');
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', shell, process.execPath, cli, ...args(out, '--epochs', '10000', '--resume')],
      { encoding: 'utf8', env: { ...process.env, MASKWATCH_CONFIG: folder } },
    );
    expect(status).toBe(1);
    expect(stderr.split('\n').filter((line) => line.startsWith('maskwatch:'))).toEqual([
      `maskwatch: cannot write ${join(out, 'checkpoint.bin')}: it would be larger than a file may be here`,
    ]);
    expect((await readdir(out)).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect((await readFile(join(out, 'checkpoint.bin'))).equals(checkpoint)).toBe(true);
  },
);
