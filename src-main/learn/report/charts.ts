/** Charts as inline SVG: no script, no font and no picture from elsewhere; colours come from the page's style. */
import { escaped } from './html';
import type { ReliabilityBin } from './report-data';

const WIDTH = 360;
const HEIGHT = 200;
const EDGE = { left: 44, right: 12, top: 12, bottom: 30 };
const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };

export interface Line {
  name: string;
  /** One an epoch. */
  values: readonly number[];
}

type Label = (value: number) => string;
const px = (value: number): string => value.toFixed(1);

/** Round numbers, about `count` of them, within from..to. */
export function ticks(from: number, to: number, count = 4): number[] {
  const rough = (to - from || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

/** A figure: its title, the drawing with its words for those who do not see it, and a legend of ready HTML. */
function figure(title: string, words: string, drawing: string, legend: string): string {
  return (
    `<figure><figcaption>${escaped(title)}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title}: ${words}`)}">${drawing}</svg>` +
    `<div class="legend">${legend}</div></figure>`
  );
}

function axes(y: readonly number[], toY: (value: number) => number, below: string, label: Label): string {
  const grid = y.map(
    (value) =>
      `<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${px(toY(value))}" y2="${px(toY(value))}"/>` +
      `<text x="${EDGE.left - 6}" y="${px(toY(value) + 4)}" text-anchor="end">${escaped(label(value))}</text>`,
  );
  const middle = px(EDGE.left + INNER.width / 2);
  return `${grid.join('')}<text x="${middle}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(below)}</text>`;
}

/** Values over epochs, a line a name; lines differ in dashes as well as in colour. */
export function lineChart(title: string, lines: readonly Line[], label: Label): string {
  const all = lines.flatMap(({ values }) => values);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = (high - low || Math.abs(high) || 1) * 0.05;
  const [from, to] = [low - margin, high + margin];
  const most = Math.max(...lines.map(({ values }) => values.length));
  const toX = (i: number) => EDGE.left + (most > 1 ? i / (most - 1) : 0.5) * INNER.width;
  const toY = (value: number) => EDGE.top + INNER.height * (1 - (value - from) / (to - from));
  const paths = lines.map(({ values }, k) => {
    const points = values.map((value, i) => [px(toX(i)), px(toY(value))] as const);
    // A line of one or two points is hardly seen without them.
    const dots =
      points.length < 3 ? points.map(([x, y]) => `<circle class="dot${k}" cx="${x}" cy="${y}" r="3"/>`) : [];
    return `<polyline class="line${k}" points="${points.map((point) => point.join()).join(' ')}"/>${dots.join('')}`;
  });
  const key = (k: number) =>
    `<svg class="swatch" viewBox="0 0 24 8" aria-hidden="true"><line class="line${k}" x1="0" x2="24" y1="4" y2="4"/></svg>`;
  return figure(
    title,
    lines
      .map(({ name, values }) => `${name} from ${label(values[0]!)} to ${label(values.at(-1)!)}`)
      .join(', '),
    axes(ticks(from, to), toY, most > 1 ? `epochs 1 to ${most}` : 'epoch 1', label) + paths.join(''),
    lines.map(({ name }, k) => `<span>${key(k)} ${escaped(name)}</span>`).join(''),
  );
}

/** Accuracy by confidence: bars, the darker the more pictures; on the dashed diagonal a network is calibrated. */
export function reliabilityChart(title: string, bins: readonly ReliabilityBin[], note: string): string {
  const toX = (share: number) => EDGE.left + share * INNER.width;
  const toY = (share: number) => EDGE.top + (1 - share) * INNER.height;
  const most = Math.max(1, ...bins.map(({ n }) => n));
  const filled = bins.flatMap((bin) => (bin.accuracy === null ? [] : [{ ...bin, accuracy: bin.accuracy }]));
  const percent: Label = (value) => `${Math.round(100 * value)} %`;
  const bars = filled.map(({ from, to, n, accuracy }) => {
    const box = `x="${px(toX(from) + 1)}" width="${px(toX(to) - toX(from) - 2)}" y="${px(toY(accuracy))}" height="${px(toY(0) - toY(accuracy))}"`;
    const shade = (0.35 + 0.65 * Math.sqrt(n / most)).toFixed(2);
    return `<rect class="bar" ${box} fill-opacity="${shade}"><title>${n} pictures, right in ${percent(accuracy)}</title></rect>`;
  });
  const diagonal = `<line class="ideal" x1="${px(toX(0))}" y1="${px(toY(0))}" x2="${px(toX(1))}" y2="${px(toY(1))}"/>`;
  return figure(
    title,
    filled
      .map(
        ({ from, to, accuracy }) => `${percent(from)} to ${percent(to)} sure: right in ${percent(accuracy)}`,
      )
      .join(', '),
    axes([0, 0.25, 0.5, 0.75, 1], toY, 'how sure it says it is, 0 to 100 %', percent) +
      bars.join('') +
      diagonal,
    `<span>${escaped(note)}</span>`,
  );
}

export interface CostPoint {
  name: string;
  /** Multiply-adds of a picture. */
  cost: number;
  accuracy: number;
  /** Whether none is better for its cost: these are joined and named. */
  best: boolean;
}

/** Accuracy, in per cent, by cost, on a logarithmic scale. */
export function costChart(title: string, points: readonly CostPoint[]): string {
  const millions: Label = (value) => `${(value / 1e6).toPrecision(3)} M`;
  const percent: Label = (value) => `${(100 * value).toFixed(1)} %`;
  const costs = points.map(({ cost }) => Math.log(cost));
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const accuracies = points.map(({ accuracy }) => accuracy);
  const margin = (Math.max(...accuracies) - Math.min(...accuracies) || 0.01) * 0.15;
  const [low, high] = [Math.min(...accuracies) - margin, Math.max(...accuracies) + margin];
  const toX = (cost: number) =>
    EDGE.left +
    INNER.width * (0.06 + 0.88 * (most > least ? (Math.log(cost) - least) / (most - least) : 0.5));
  const toY = (accuracy: number) => EDGE.top + INNER.height * (1 - (accuracy - low) / (high - low));
  const place = ({ cost, accuracy }: CostPoint) => [px(toX(cost)), px(toY(accuracy))] as const;
  const words = ({ name, cost, accuracy }: CostPoint) => `${name} ${percent(accuracy)} at ${millions(cost)}`;
  const best = points.filter((point) => point.best).sort((a, b) => a.cost - b.cost);
  const number: Label = (value) => (100 * value).toFixed(1);
  const line = `<polyline class="line0" points="${best.map((point) => place(point).join()).join(' ')}"/>`;
  const dots = points.map((point) => {
    const [x, y] = place(point);
    const dot = `<circle class="dot${point.best ? 0 : 1}" cx="${x}" cy="${y}" r="4"><title>${escaped(words(point))}</title></circle>`;
    if (!point.best) return dot;
    const end = toX(point.cost) > EDGE.left + INNER.width / 2;
    return `${dot}<text x="${x}" y="${px(toY(point.accuracy) - 8)}" text-anchor="${end ? 'end' : 'start'}">${escaped(point.name)}</text>`;
  });
  return figure(
    title,
    points.map(words).join(', '),
    axes(
      ticks(low, high),
      toY,
      `${millions(Math.exp(least))} to ${millions(Math.exp(most))}, logarithmic`,
      number,
    ) +
      line +
      dots.join(''),
    '<span>Joined: none here is better for its cost.</span>',
  );
}
