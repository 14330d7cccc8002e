/** The article's table: what each network costs and how good it is, for the page and as Markdown. */
import { meanCorrupted, weakest } from '../robustness/rows';
import { detectorRows } from './detector-section';
import { percent, whole } from './html';
import type { Report, RunReport } from './report-data';

interface Column {
  head: string;
  of: (run: RunReport) => string;
}

/** Crops a second at the largest batch that was measured on a provider. */
const speedOn = ({ speeds }: RunReport, provider: string) =>
  speeds.filter((speed) => speed.provider === provider).sort((a, b) => b.batch - a.batch)[0];

/** 48300000 → "48.3 M". */
const millions = (value: number | null): string => (value === null ? '–' : `${(value / 1e6).toFixed(1)} M`);

/** Whether training was measured for the table, instead of as it ran. */
const areStepsMeasured = (runs: readonly RunReport[]): boolean =>
  runs.some(({ stepImagesPerSecond }) => stepImagesPerSecond !== null);

/** Shown where runs are compared. */
const FRONTIER: readonly Column[] = [
  { head: 'balanced, validation', of: ({ validationBalancedAccuracy: b }) => percent(b) },
  { head: 'accuracy for its cost', of: ({ frontier }) => (frontier ? 'best' : '') },
];

/** Shown where any run's card has them. */
const ROBUST: readonly Column[] = [
  {
    head: 'weakest slice',
    of: ({ robustness }) => {
      const slice = robustness && weakest(robustness);
      return slice ? `${percent(slice.balancedAccuracy)} ${slice.value}` : '–';
    },
  },
  {
    head: 'balanced, corrupted',
    of: ({ robustness }) => percent(robustness && meanCorrupted(robustness)),
  },
];

/** The columns; a provider has one where any run was measured on it. */
export function columns({ runs }: Report): Column[] {
  const providers = [...new Set(runs.flatMap(({ speeds }) => speeds.map(({ provider }) => provider)))];
  return [
    { head: 'run', of: ({ name }) => name },
    { head: 'network', of: ({ network }) => network },
    { head: 'parameters', of: ({ parameters }) => whole(parameters) },
    { head: 'multiply-adds', of: ({ multiplyAdds }) => millions(multiplyAdds) },
    { head: 'share of the largest', of: ({ shareOfLargest }) => percent(shareOfLargest) },
    { head: 'input', of: ({ size }) => `${size}²` },
    { head: 'accuracy', of: ({ accuracy }) => percent(accuracy) },
    { head: 'balanced accuracy', of: ({ balancedAccuracy }) => percent(balancedAccuracy) },
    ...(runs.length > 1 ? FRONTIER : []),
    { head: 'recall of incorrect', of: ({ recallOfIncorrect }) => percent(recallOfIncorrect) },
    { head: 'balanced, unseen sets', of: ({ unseenBalancedAccuracy: b }) => percent(b) },
    ...(runs.some(({ robustness }) => robustness) ? ROBUST : []),
    ...providers.map((provider) => ({
      head: `crops/s, ${provider}`,
      of: (run: RunReport) => whole(speedOn(run, provider)?.cropsPerSecond),
    })),
    { head: 'training images', of: ({ trainingImages }) => whole(trainingImages) },
    {
      head: 'training images/s',
      of: ({ trainingImagesPerSecond, stepImagesPerSecond }) =>
        whole(areStepsMeasured(runs) ? stepImagesPerSecond : trainingImagesPerSecond),
    },
  ];
}

/** What the figures mean, a sentence each. */
export function notes({ runs }: Report): string[] {
  const hosts = new Set(
    runs.flatMap(({ host }) => (host ? [`${host.cpu}, ${host.cores} cores, ${host.platform}`] : [])),
  );
  const batches = new Set(runs.flatMap(({ speeds }) => speeds.map(({ batch }) => batch)));
  return [
    'Accuracy, balanced accuracy (the mean of the recalls) and recall are of test photographs of the training sets; unseen sets are those no picture was trained on from.',
    ...(runs.length > 1
      ? ['Best for its cost: no other network here has a balanced accuracy as high with fewer multiply-adds.']
      : []),
    ...(batches.size > 0 ? [`Crops a second are measured at ${[...batches].join(' and ')} a call.`] : []),
    areStepsMeasured(runs)
      ? 'Training images a second are of steps measured one network after the other: forward, loss, gradients and AdamW, of 32 pictures of noise.'
      : 'Training images a second are of the whole step as it ran, beside whatever else the machine did.',
    ...[...hosts].map((host) => `Trained on: ${host}.`),
  ];
}

const cell = (text: string): string => text.replace(/\|/g, '\\|');
const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** A table whose first two columns are words. */
const markdownTable = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  line(heads),
  `| ${heads.map((_, i) => (i < 2 ? '---' : '--:')).join(' | ')} |`,
  ...rows.map(line),
  '',
];

/** The tables and their notes as Markdown. */
export function markdownOf(report: Report): string {
  const shown = columns(report);
  const { heads, rows } = detectorRows(report.detectors);
  const runs = report.runs.map((run) => shown.map(({ of }) => of(run)));
  return [
    ...(runs.length > 0
      ? [
          ...markdownTable(
            shown.map(({ head }) => head),
            runs,
          ),
          ...notes(report).map((note) => `- ${note}`),
          '',
        ]
      : []),
    ...(rows.length > 0 ? markdownTable(heads, rows) : []),
  ].join('\n');
}
