/** Examples of what main tells the desk: jobs in every state, models, kept faces, three weeks at a door. Seeded. */
import {
  MASK_CLASSES,
  type Comparison,
  type CurvePoint,
  type Interval,
  type Job,
  type MaskClass,
  type Metrics,
  type ModelEntry,
  type Probabilities,
  type ReviewFace,
  type ReviewFrame,
} from '../../src-main/api';
import { faceBox, type Person } from './live/drawn-people';

/** Numbers in [0, 1) that are the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The day the kept faces are of. */
export const TODAY = '2026-11-25';

export function metrics(recalls: readonly [number, number, number], each = 40): Metrics {
  const matrix = recalls.map((recall, truth) =>
    recalls.map((_, said) =>
      said === truth ? Math.round(recall * each) : Math.round(((1 - recall) * each) / 2),
    ),
  );
  const perClass = Object.fromEntries(
    MASK_CLASSES.map((name, index) => [
      name,
      { n: each, precision: recalls[index]!, recall: recalls[index]!, f1: recalls[index]! },
    ]),
  );
  const mean = (recalls[0] + recalls[1] + recalls[2]) / 3;
  return {
    n: 3 * each,
    accuracy: mean,
    balancedAccuracy: mean,
    confusion: { labels: [...MASK_CLASSES], matrix },
    perClass,
    ece: 0.03,
  };
}

export const entry = (id: string, more: Partial<ModelEntry> = {}): ModelEntry => ({
  id,
  name: id,
  origin: 'retrain',
  current: false,
  added: '2026-11-24T16:20:00Z',
  parents: id === 'student' ? [] : ['student'],
  job: null,
  parameters: 338_000,
  inputSize: 112,
  bytes: 1_380_000,
  metrics: metrics([0.97, 0.92, 0.96]),
  refused: null,
  fault: null,
  ...more,
});

export const curve = (epochs = 9): CurvePoint[] =>
  Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    trainLoss: 0.62 * Math.exp(-index / 3) + 0.11,
    trainAccuracy: 0.98 - 0.22 * Math.exp(-index / 3),
    validationLoss: 0.6 * Math.exp(-index / 2.6) + 0.2 + 0.01 * (index % 2),
    balancedAccuracy: 0.955 - 0.2 * Math.exp(-index / 2.4) - 0.006 * (index % 2),
    best: index === epochs - 1,
    seconds: 31,
  }));

const sure = (name: MaskClass, share: number): Probabilities => {
  const rest = (1 - share) / 2;
  return { correct: rest, incorrect: rest, none: rest, [name]: share };
};

export const comparison = (worse: string | null): Comparison => ({
  current: 'student',
  candidate: 'student-2',
  faces: 120,
  visits: 31,
  before: metrics([0.97, 0.81, 0.95]),
  after: worse === null ? metrics([0.97, 0.92, 0.96]) : metrics([0.97, 0.74, 0.96]),
  agreement: { same: 131, of: 140 },
  changed: [
    { face: 3, truth: 'none', before: sure('none', 0.6), after: sure('incorrect', 0.55) },
    { face: 1, truth: 'incorrect', before: sure('correct', 0.7), after: sure('incorrect', 0.8) },
    { face: 4, truth: 'incorrect', before: sure('none', 0.5), after: sure('incorrect', 0.9) },
  ],
  worse,
});

/** Who is in a whole picture that is kept. */
export const peopleIn = (frame: number): Person[] => [
  { id: frame, x: 380, y: 300, size: 170, wears: 'correct' },
  { id: frame + 1, x: 820, y: 250, size: 120, wears: 'none' },
  { id: frame + 2, x: 1060, y: 210, size: 60, wears: 'incorrect' },
];

/** Whole pictures: both ways of looking agree on the first face, not on the second, and neither sees the third. */
export const wholePictures = (count: number): ReviewFrame[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    at: `${TODAY}T0${String(8 - (i % 8))}:20:00Z`,
    expires: '2026-12-02T08:20:00Z',
    width: 1280,
    height: 720,
    faces: peopleIn(i + 1)
      .slice(0, 2)
      .map((person, k) => ({ box: faceBox(person), label: k === 0 ? 'correct' : null })),
    reviewed: false,
  }));

const job = (id: number, more: Partial<Job>): Job => ({
  id,
  spec: { kind: 'retrain' },
  state: 'done',
  added: '2026-11-25T08:00:00Z',
  began: '2026-11-25T08:00:02Z',
  ended: '2026-11-25T08:07:12Z',
  progress: null,
  fault: null,
  result: null,
  attempts: 1,
  ...more,
});

const training = { data: ['/data/faces/door'], network: 'student', epochs: 30, images: 0, seed: 1 };

export const JOBS: Job[] = [
  job(5, {
    spec: { kind: 'distil', ...training, teachers: ['faceres'], assistants: [], methods: [] },
    state: 'running',
    ended: null,
    progress: {
      phase: 'training',
      share: 0.31,
      secondsLeft: 910,
      epoch: 10,
      epochs: 30,
      step: 71,
      loss: 0.182,
      imagesPerSecond: 97,
      pace: 0.2,
    },
  }),
  job(6, { state: 'queued', began: null, ended: null }),
  job(4, { result: { kind: 'retrain', model: 'student-2', comparison: comparison(null) } }),
  job(3, {
    spec: { kind: 'train', ...training },
    state: 'failed',
    fault: 'the disk of /data is full: free some space and try again',
    attempts: 2,
  }),
  job(2, {
    spec: { kind: 'evaluate', data: ['/data/faces/door'], model: 'student', split: 'test' },
    result: { kind: 'evaluate', metrics: metrics([0.96, 0.9, 0.97]) },
  }),
];

export function faces(number: number): ReviewFace[] {
  const random = seeded(7);
  return Array.from({ length: number }, (_, index) => {
    const guess = MASK_CLASSES[Math.floor(random() * 3)]!;
    return {
      id: index + 1,
      at: new Date(Date.parse(`${TODAY}T11:40:00Z`) - index * 7 * 60_000).toISOString(),
      expires: '2026-12-02T11:40:00Z',
      visit: `v${Math.floor(index / 2)}`,
      reason: random() < 0.6 ? 'unsure' : 'changed',
      guess,
      probabilities: sure(guess, 0.4 + 0.4 * random()),
      label: null,
      holdout: index % 5 === 0,
    };
  });
}

/** Three weeks of a door that is open from 8 to 18 o'clock, the last day until noon; ever more masks worn well. */
export function intervals(days = 21, today = new Date()): Interval[] {
  const random = seeded(3);
  const found: Interval[] = [];
  for (let day = days - 1; day >= 0; day--) {
    const last = day === 0 ? 12 : 18;
    for (let hour = 8; hour < last; hour++) {
      for (const minute of [0, 20, 40]) {
        const start = new Date(today.getFullYear(), today.getMonth(), today.getDate() - day, hour, minute);
        const busy = 4 + 16 * Math.exp(-((hour - 9) ** 2) / 4) + 10 * Math.exp(-((hour - 13) ** 2) / 3);
        const all = Math.round(busy * (0.6 + 0.8 * random()));
        const none = Math.round(all * (0.03 + 0.004 * day) * 2 * random());
        const incorrect = Math.round(all * (0.06 + 0.004 * day) * 2 * random());
        found.push({
          start: start.toISOString(),
          counts: { correct: Math.max(0, all - none - incorrect), incorrect, none },
          putRight: Math.round(incorrect * random()),
          waitSeconds: 0.6 + 0.8 * random(),
          watchedSeconds: 1200,
        });
      }
    }
  }
  return found;
}
