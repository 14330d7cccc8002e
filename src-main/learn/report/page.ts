/** The report as one HTML page that opens from a file: no script, nothing fetched. */
import { costChart } from './charts';
import { columns, notes } from './comparison';
import { detectorsOf } from './detector-section';
import { escaped, table } from './html';
import type { Report } from './report-data';
import { sectionOf } from './run-section';
import { STYLE } from './style';

/** Accuracy against cost, where there is more than one network to compare. */
function frontier({ runs }: Report): string {
  const points = runs.flatMap(
    ({ name, multiplyAdds: cost, validationBalancedAccuracy: accuracy, frontier: best }) =>
      cost !== null && accuracy !== null ? [{ name, cost, accuracy, best }] : [],
  );
  if (points.length < 2) return '';
  return `<div class="row">${costChart('Balanced accuracy on validation photographs, in %, by multiply-adds', points)}</div>`;
}

/**
 * @param thumbnails data addresses of pictures by their files; none where the page is to show no face
 * @returns the whole page
 */
export function pageOf(report: Report, thumbnails: ReadonlyMap<string, string> | null = null): string {
  const names = [...report.runs, ...report.detectors].map(({ name }) => name);
  const title = names.length === 1 ? `Run ${names[0]!}` : `${names.length} runs compared`;
  const shown = columns(report);
  const link = (name: string, i: number) => ({ html: `<a href="#run${i}">${escaped(name)}</a>` });
  const rows = report.runs.map((run, i) =>
    shown.map(({ head, of }) => (head === 'run' ? link(run.name, i) : of(run))),
  );
  const compared = `${table(
    'Comparison of the runs',
    shown.map(({ head }) => head),
    rows,
  )}
${frontier(report)}
<ul class="dim">${notes(report)
    .map((note) => `<li>${escaped(note)}</li>`)
    .join('')}</ul>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>maskwatch: ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="dim">Made by maskwatch report on ${escaped(report.made.slice(0, 10))}.</p>
${report.runs.length > 0 ? compared : ''}
${report.runs.map((run, i) => sectionOf(run, `run${i}`, thumbnails)).join('\n')}
${detectorsOf(report.detectors)}
</main>
</body>
</html>
`;
}
