/** A soak test of a quarter of a minute: every part of it, on the real browser, with an accident. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { finished } from './command';
import { shortFilm } from './film';

interface SoakReport {
  looks: number;
  faults: { kind: string; recoverySeconds: number }[];
  memory: { mainMB: number; nativeMB: number; browserMB: number };
  handles: { last: number };
  events: { visits: number; verdicts: number; lost: number };
}

it.skipIf(process.platform !== 'linux')(
  'a short soak comes through its accidents, and reports',
  async () => {
    const { path } = await shortFilm();
    const config = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
    const args = [
      'soak',
      '--hours',
      '0.004',
      '--fault-every',
      '5',
      '--seed',
      '5',
      '--json',
      '--provider',
      'cpu',
      '--source',
      path,
    ];
    const { code, stdout, stderr } = await finished(args, config);
    await rm(config, { recursive: true, force: true });
    expect(code, stderr.join('\n')).toBe(0);
    const report = JSON.parse(stdout.at(-1) ?? '') as SoakReport;
    expect(report.looks).toBeGreaterThan(10);
    expect(report.faults.length).toBeGreaterThanOrEqual(1);
    expect(report.memory.mainMB).toBeGreaterThan(10);
    expect(report.memory.nativeMB).toBeGreaterThan(10);
    expect(report.memory.nativeMB).toBeLessThan(report.memory.mainMB);
    expect(report.memory.browserMB).toBeGreaterThan(10);
    expect(report.handles.last).toBeGreaterThan(5);
    expect(report.events.visits).toBeGreaterThan(0);
    expect(report.events.lost).toBe(0);
  },
  240_000,
);
