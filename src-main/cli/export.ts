/** `maskwatch export`: what was counted, out of the database: intervals of 20 minutes, or single verdicts where those are kept. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import * as v from 'valibot';
import { rangeSchema } from '../api';
import { openDatabase } from '../store/database';
import { defaultSettingsFile } from '../store/settings';
import { bounds, localDay, StatisticsStore } from '../store/statistics';
import { printJson, say, UsageError } from './output';

interface ExportOptions {
  from?: string;
  to?: string;
  single?: true;
  json?: true;
  settings?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write what was counted as CSV, or as lines of JSON')
    .option('--from <day>', 'first day, YYYY-MM-DD; else the first there is')
    .option('--to <day>', 'last day; else today')
    .option('--single', 'single verdicts (time, class, class before) instead of intervals')
    .addOption(new Option('--json', 'a line of JSON each'))
    .option('--settings <file>', 'settings that lie beside the database, instead of the user’s')
    .action(exportCounts);
}

function exportCounts(options: ExportOptions): void {
  const path = join(dirname(options.settings ?? defaultSettingsFile()), 'maskwatch.db');
  if (!existsSync(path)) throw new Error(`there is nothing to export yet: ${path} is not there`);
  const range = { from: options.from ?? '1970-01-01', to: options.to ?? localDay(new Date()) };
  const checked = v.safeParse(rangeSchema, range);
  if (!checked.success)
    throw new UsageError(`--from ${range.from} --to ${range.to}: ${checked.issues[0].message}`);
  const { db, notice } = openDatabase(path);
  try {
    if (notice !== null) say(notice);
    const statistics = new StatisticsStore(db);
    if (options.single !== true) {
      if (options.json) statistics.read(range).intervals.forEach(printJson);
      else process.stdout.write(statistics.csv(range));
      return;
    }
    const rows = db
      .prepare('SELECT at, verdict, before FROM verdicts WHERE at >= ? AND at < ? ORDER BY at')
      .all(...bounds(range)) as { at: number; verdict: string; before: string | null }[];
    if (!options.json) process.stdout.write('at,verdict,before\r\n');
    for (const { at, verdict, before } of rows) {
      const time = new Date(at).toISOString();
      if (options.json) printJson({ at: time, verdict, before });
      else process.stdout.write(`${time},${verdict},${before ?? ''}\r\n`);
    }
  } finally {
    db.close();
  }
}
