/** The commands that make the comparison table, on drawn faces. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Report } from '../../src-main/learn/report';
import { drawFaces } from '../learn/drawn-faces';

const script = fileURLToPath(new URL('comparison.mjs', import.meta.url));

test(
  'trains what is asked for, makes the table, and a second time only the table',
  { timeout: 240_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'maskwatch-comparison-'));
    try {
      const [data, unseen] = [
        await drawFaces(join(folder, 'a'), 12),
        await drawFaces(join(folder, 'b'), 4, 9),
      ];
      const out = join(folder, 'out');
      const asked = [
        '--data',
        data,
        '--unseen',
        unseen,
        '--out',
        out,
        '--nets',
        'random-forest',
        '--nets',
        'student',
      ];
      const run = (args: readonly string[]) =>
        spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
      const compare = (...more: string[]) =>
        run([...asked, ...'--epochs 1 --images 32 --size 32 --threads 1'.split(' '), ...more]);
      const first = compare();
      expect(first.status, first.stderr).toBe(0);
      const table = await readFile(join(out, 'report.md'), 'utf8');
      for (const name of ['random-forest', 'student']) expect(table).toMatch(new RegExp(`\\| *${name} *\\|`));
      const { mtimeMs } = await stat(join(out, 'student', 'student.onnx'));
      expect(compare('--speed').status).toBe(0);
      expect((await stat(join(out, 'student', 'student.onnx'))).mtimeMs).toBe(mtimeMs);
      const { runs } = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
      const steps = runs.map(({ stepImagesPerSecond }) => stepImagesPerSecond);
      expect(steps).toEqual([null, expect.any(Number)]);
      expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('of steps measured');

      // The same photographs, taught by the student just trained.
      const [taught, spec] = [join(folder, 'taught'), 'student-4x0-8x1@64'];
      const teacher = join(out, 'student', 'student.onnx');
      const options = ['--data', data, '--teacher', teacher, '--nets', spec, '--out', taught];
      const distilled = run([...options, ...'--epochs 1 --images 32 --threads 1'.split(' ')]);
      expect(distilled.status, distilled.stderr).toBe(0);
      const facts = JSON.parse(await readFile(join(taught, spec, 'run.json'), 'utf8')) as object;
      expect(facts).toMatchObject({ teachers: [teacher], size: 64 });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
