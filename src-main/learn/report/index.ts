/** Reports: runs' folders in; a page, a JSON and a table out. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../../files';
import { markdownOf } from './comparison';
import { pageOf } from './page';
import type { Report } from './report-data';
import { thumbnailsOf } from './thumbnails';

export type { DetectorRun } from './read-detector-run';
export { type Run, isBaseline, readDetectorRuns, readRuns } from './read-run';
export { type Report, type Speed, makeReport } from './report-data';

/**
 * Writes `report.html`, `report.json` and `report.md` (the comparison alone) to a folder.
 * @param thumbnails whether the page shows the faces of the hardest mistakes
 * @returns the page's path
 */
export async function writeReport(report: Report, out: string, thumbnails: boolean): Promise<string> {
  await mkdir(out, { recursive: true });
  const page = join(out, 'report.html');
  await writeAtomic(page, Buffer.from(pageOf(report, thumbnails ? await thumbnailsOf(report) : null)));
  await writeAtomic(join(out, 'report.json'), Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
  await writeAtomic(join(out, 'report.md'), Buffer.from(markdownOf(report)));
  return page;
}
