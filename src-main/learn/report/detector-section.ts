/** What the report's page shows of one-shot networks: their figures side by side, and each one's losses and sets. */
import { MASK_CLASSES } from '../../api';
import { lineChart } from './charts';
import { type Cell, escaped, percent, table, whole } from './html';
import type { DetectorReport } from './report-data';

type SetFigures = DetectorReport['metrics'][number];

/** Figures of annotated scenes, as they are compared. */
const FIGURES: readonly [head: string, of: (figures: SetFigures) => number | null][] = [
  ['mAP@0.5', ({ map50 }) => map50],
  ['mask and no mask', ({ map50MaskNoMask }) => map50MaskNoMask],
  ['mAP@0.5:0.95', ({ map }) => map],
  ...MASK_CLASSES.map((name): [string, (figures: SetFigures) => number | null] => [
    `AP ${name}`,
    ({ ap50 }) => ap50[name],
  ]),
  ['AP faces', ({ faceAp50 }) => faceAp50],
];

/** All test scenes together; null where none were measured. */
export const overAll = ({ metrics }: DetectorReport): SetFigures | null =>
  metrics.find(({ set, split }) => split === 'test' && set === 'all') ??
  metrics.find(({ split }) => split === 'test') ??
  null;

/** The comparison's heads and a row a network, for the page and as Markdown. */
export function detectorRows(detectors: readonly DetectorReport[]): { heads: string[]; rows: string[][] } {
  const timed = detectors.some(({ msPerFrame }) => msPerFrame !== null);
  return {
    heads: [
      'run',
      'network',
      'parameters',
      'input',
      'test scenes',
      ...FIGURES.map(([head]) => head),
      ...(timed ? ['ms a frame'] : []),
    ],
    rows: detectors.map((run) => {
      const figures = overAll(run);
      return [
        run.name,
        run.network,
        whole(run.parameters),
        `${String(run.size)}²`,
        whole(figures?.scenes),
        ...FIGURES.map(([, of]) => percent(figures && of(figures))),
        ...(timed ? [run.msPerFrame === null ? '–' : run.msPerFrame.toFixed(1)] : []),
      ];
    }),
  };
}

/** @returns nothing where the report has no such network */
export function detectorsOf(detectors: readonly DetectorReport[]): string {
  if (detectors.length === 0) return '';
  const { heads, rows } = detectorRows(detectors);
  const linked = rows.map(([name = '', ...cells], i): Cell[] => [
    { html: `<a href="#detector${String(i)}">${escaped(name)}</a>` },
    ...cells,
  ]);
  return `<h2>One-shot networks</h2>
${table('Comparison of one-shot networks', heads, linked)}
<ul class="dim"><li>Average precisions are at an overlap of 0.5, of test scenes that were not trained on, every face counted down to a few pixels.</li>${
    detectors.some(({ msPerFrame }) => msPerFrame !== null)
      ? '<li>Milliseconds a frame: a grey picture of 640×360 shrunk, looked at and decoded, the median of 30, on this machine beside whatever else it did.</li>'
      : ''
  }</ul>
${detectors.map((run, i) => sectionOf(run, `detector${String(i)}`)).join('\n')}`;
}

function sectionOf(run: DetectorReport, id: string): string {
  return `<section id="${id}" aria-labelledby="${id}-name">
<h2 id="${id}-name">${escaped(run.name)}</h2>
<p>${escaped(run.description)}: ${whole(run.parameters)} parameters.</p>
${curves(run)}${bySet(run)}${bySize(run)}
</section>`;
}

function curves({ history }: DetectorReport): string {
  if (history.length === 0) return '';
  const loss = lineChart(
    'Loss',
    [{ name: 'training', values: history.map(({ trainLoss }) => trainLoss) }],
    (value) => value.toPrecision(3),
  );
  const precision = lineChart(
    'Average precision on validation scenes',
    [
      { name: 'mAP@0.5', values: history.map(({ validation }) => validation.map50 ?? 0) },
      { name: 'faces', values: history.map(({ validation }) => validation.faceAp50 ?? 0) },
    ],
    (value) => percent(value, 0),
  );
  return `<h3>Learning</h3><div class="row">${loss}${precision}</div>`;
}

function bySet({ name, metrics }: DetectorReport): string {
  if (metrics.length === 0) return '';
  const heads = ['set', 'scenes', ...FIGURES.map(([head]) => head)];
  const rows = metrics.map((figures) => [
    figures.set === 'all' ? `${figures.split}, all together` : `${figures.split}, ${figures.set}`,
    whole(figures.scenes),
    ...FIGURES.map(([, of]) => percent(of(figures))),
  ]);
  return `<h3>Average precision, set by set</h3>${table(`${name}: average precision`, heads, rows)}`;
}

function bySize(run: DetectorReport): string {
  const figures = overAll(run);
  if (!figures) return '';
  const rows = figures.bySize.map(({ from, to, faces, faceAp50, ap50 }) => [
    to === null ? `${String(from)} px and more` : `${String(from)} to ${String(to)} px`,
    whole(faces),
    percent(faceAp50),
    ...MASK_CLASSES.map((label) => percent(ap50[label])),
  ]);
  const heads = ['shorter side', 'faces', 'AP faces', ...MASK_CLASSES.map((label) => `AP ${label}`)];
  return `<h3>By size of face</h3>${table(`${run.name}: by size of face`, heads, rows)}`;
}
