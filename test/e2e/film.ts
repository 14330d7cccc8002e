/**
 * The demo, short: some of its shots, for the fake camera of the end-to-end tests. Made once and kept beside the
 * installed packages.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoSource, timelinePath } from '../../src-main/demo/demo';
import { STORYBOARD } from '../../src-main/demo/storyboard';
import type { Timeline } from '../../src-main/demo/timeline';
import { projectRoot } from '../../src-main/pages';

/** Four faces with all three verdicts, then two with a chin mask; long enough for a slow machine's looks. */
const SHOTS = [0, 4].map((index) => ({ ...STORYBOARD[index]!, seconds: 5 }));

export interface Film {
  path: string;
  timeline: Timeline;
  /** Until it starts again. */
  seconds: number;
}

export async function shortFilm(): Promise<Film> {
  const path = await demoSource({
    shots: SHOTS,
    size: { width: 960, height: 540 },
    cacheFolder: join(projectRoot(), 'node_modules', '.cache', 'maskwatch'),
  });
  const timeline = JSON.parse(await readFile(timelinePath(path), 'utf8')) as Timeline;
  return { path, timeline, seconds: timeline.frames / timeline.fps };
}
