/**
 * The recorded visitors in ../shared/data/clips, where they are present: `maskwatch monitor` on them agrees with
 * their timelines. Said aloud when they are not there.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MaskClass, Summary, VerdictEvent } from '../../src-main/api';
import { projectRoot } from '../../src-main/pages';
import { finished } from './command';

const CLIPS = join(projectRoot(), '..', 'shared', 'data', 'clips');
const NAMES = ['kiosk-ilc2021-a', 'kiosk-ilc2021-b'];

/** Each visitor is there for three seconds; with fewer looks a second no verdict can settle. */
const FEWEST_LOOKS = 6;

interface Clip {
  timeline: { start: number; end: number; label: MaskClass }[];
}

let config: string;
beforeAll(async () => {
  config = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
});
afterAll(() => rm(config, { recursive: true, force: true }));

/** The last verdict given in a span on its largest face. */
function verdictIn(verdicts: VerdictEvent[], start: number, end: number): MaskClass | null {
  const within = verdicts.filter(({ seconds }) => seconds >= start && seconds <= end + 0.4);
  const largest = Math.max(...within.map(({ box }) => box[2] * box[3]));
  return within.findLast(({ box }) => box[2] * box[3] > largest * 0.5)?.verdict ?? null;
}

describe('recorded visitors', () => {
  for (const name of NAMES) {
    const film = join(CLIPS, `${name}.mjpeg`);
    const there = existsSync(film);
    if (!there) console.warn(`skipped: ${name}, there are no clips in ../shared/data/clips`);
    it.skipIf(!there)(
      `${name} gets the right verdict in at least 8 of 9 spans`,
      async ({ skip }) => {
        const { timeline } = JSON.parse(await readFile(film.replace('.mjpeg', '.json'), 'utf8')) as Clip;
        const seconds = timeline.at(-1)!.end + 0.4;
        const { code, stdout, stderr } = await finished(
          ['monitor', '--source', film, '--headless', '--for', String(seconds), '--json'],
          config,
        );
        expect(code, stderr.join('\n')).toBe(0);
        const lines = stdout.map((line) => JSON.parse(line) as VerdictEvent | Summary);
        const summary = lines.at(-1);
        if (summary?.type !== 'summary') throw new Error('monitor ended without a summary');
        if (summary.fps < FEWEST_LOOKS) {
          const rate = `${summary.fps.toFixed(1)} looks/s`;
          console.warn(`skipped: ${name}, this machine is too busy to judge passers-by (${rate})`);
          skip(`too busy: ${rate}`);
        }
        const verdicts = lines.filter((line): line is VerdictEvent => line.type === 'verdict');
        const spans = timeline.map(({ start, end, label }) => [label, verdictIn(verdicts, start, end)]);
        const right = spans.filter(([label, said]) => label === said).length;
        expect(right, JSON.stringify(spans)).toBeGreaterThanOrEqual(8);
      },
      120_000,
    );
  }
});
