/** The commands that make the comparison table, on drawn faces. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
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
      const compare = () =>
        spawnSync(
          process.execPath,
          [script, ...asked, ...'--epochs 1 --images 32 --size 32 --threads 1'.split(' ')],
          { encoding: 'utf8' },
        );
      const first = compare();
      expect(first.status, first.stderr).toBe(0);
      const table = await readFile(join(out, 'report.md'), 'utf8');
      for (const name of ['random-forest', 'student']) expect(table).toMatch(new RegExp(`\\| *${name} *\\|`));
      const { mtimeMs } = await stat(join(out, 'student', 'student.onnx'));
      expect(compare().status).toBe(0);
      expect((await stat(join(out, 'student', 'student.onnx'))).mtimeMs).toBe(mtimeMs);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
