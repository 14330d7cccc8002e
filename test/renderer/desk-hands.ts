/**
 * Stands where main's half of the desk stands: jobs, models, review and statistics as data that the calls change as main
 * would, told by the same events. Faces are drawn. Seeded, so that a story looks the same each time.
 */
import {
  MASK_CLASSES,
  OPEN_FUNCTIONS,
  type About,
  type Access,
  type Counts,
  type DeskEvent,
  type DeskFunctions,
  type FrameCounts,
  type Interval,
  type Job,
  type Menu,
  type ModelEntry,
  type ModelList,
  type ReviewCounts,
  type ReviewFace,
  type ReviewFrame,
  type WebhookState,
} from '../../src-main/api';
import type { Main } from '../../src-renderer/connection';
import { dayOf } from '../../src-renderer/desk/statistics/aggregate';
import { comparison, curve, entry, faces, intervals, JOBS, peopleIn, wholePictures } from './desk-data';
import { entrancePicture, facePicture } from './live/drawn-people';

export type DeskMain = Pick<Main, keyof DeskFunctions>;

export interface DeskCast {
  access?: Partial<Access>;
  /** The PIN that unlocks. */
  pin?: string;
  jobs?: Job[];
  models?: ModelEntry[];
  before?: string | null;
  faces?: ReviewFace[];
  /** Whether faces are kept for review; true when not set. */
  keeps?: boolean;
  /** Whole pictures; none are kept when not set. */
  frames?: ReviewFrame[];
  /** What both ways of looking came to on them. */
  compared?: FrameCounts['compared'];
  intervals?: Interval[];
  menu?: Menu | null;
  /** What the PIN guards beyond what it always does. */
  guarded?: string[];
  /** Every call is refused with this sentence. */
  refusal?: string;
  /** Calls are never answered: the page is loading. */
  silent?: boolean;
}

const MENU: Menu = {
  icon: 'watching',
  progress: null,
  items: [
    { id: 'today', enabled: false, values: { correct: 214, incorrect: 31, none: 12 } },
    { id: 'separator', enabled: false },
    { id: 'live', enabled: true },
    {
      id: 'pause-for',
      enabled: true,
      items: (['pause-15', 'pause-60', 'pause-day', 'pause'] as const).map((id) => ({ id, enabled: true })),
    },
    { id: 'retrain', enabled: true },
    { id: 'distil', enabled: true },
    { id: 'separator', enabled: false },
    ...(['review', 'statistics', 'models', 'jobs', 'settings', 'about'] as const).map((id) => ({
      id,
      enabled: true,
    })),
    { id: 'separator', enabled: false },
    { id: 'quit', enabled: true },
  ],
};

const ABOUT: About = {
  version: '0.1.0',
  host: 'browser',
  parts: [
    { name: 'Node.js', version: '20.20.2' },
    { name: 'ONNX Runtime', version: '1.30.0' },
  ],
  licences: [
    { name: 'birpc', version: '4.2.0', licence: 'MIT' },
    { name: 'svelte', version: '5.57.3', licence: 'MIT' },
  ],
  folder: '/home/door/.config/maskwatch',
  platform: 'linux x64',
};

/**
 * @param tell sends an event to the page
 * @returns main's functions of the desk, and the calls that were made
 */
export function deskMain(cast: DeskCast = {}, tell: (event: DeskEvent) => void = () => undefined) {
  const calls: { name: string; args: unknown[] }[] = [];
  let access: Access = { pinSet: false, locked: false, waitSeconds: 0, ...cast.access };
  let jobs = cast.jobs ?? JOBS;
  let models = cast.models ?? [
    entry('student-2', { current: true }),
    entry('student', { origin: 'shipped' }),
  ];
  let before = cast.before === undefined ? 'student' : cast.before;
  let kept = cast.faces ?? faces(24);
  let frames = cast.frames ?? [];
  const undos: ReviewFace[][] = [];
  const seen = cast.intervals ?? intervals();
  let webhook: WebhookState = { signed: false, waiting: 0, delivered: 412, missed: 3, last: null };

  const list = (): ModelList => ({ models, before });
  const counts = (): ReviewCounts => {
    const done: Counts = { correct: 0, incorrect: 0, none: 0 };
    for (const { label } of kept) if (label !== null && label !== 'skipped') done[label]++;
    return {
      on: cast.keeps ?? true,
      waiting: kept.filter(({ label }) => label === null).length,
      done,
      skipped: kept.filter(({ label }) => label === 'skipped').length,
      bytes: kept.length * 9000,
      nextExpiry: kept[0]?.expires ?? null,
      undoable: undos.length,
      frames: {
        on: cast.frames !== undefined,
        waiting: frames.filter(({ reviewed }) => !reviewed).length,
        done: frames.filter(({ reviewed }) => reviewed).length,
        needed: 60,
        compared: cast.compared ?? null,
      },
    };
  };
  const changed = (): ReviewCounts => {
    tell({ type: 'review', counts: counts() });
    return counts();
  };
  const promote = (id: string): ModelList => {
    before = models.find(({ current }) => current)?.id ?? null;
    models = models.map((model) => ({ ...model, current: model.id === id }));
    tell({ type: 'models', list: list() });
    return list();
  };

  const functions: { [Name in keyof DeskFunctions]: (...args: Parameters<DeskFunctions[Name]>) => unknown } =
    {
      access: () => access,
      unlock: (pin) => (access = { ...access, locked: pin !== cast.pin }),
      lock: () => (access = { ...access, locked: access.pinSet }),
      setPin: (_current, next) => (access = { pinSet: next !== null, locked: false, waitSeconds: 0 }),
      menu: () => cast.menu ?? MENU,
      chooseMenu: () => undefined,
      pauseWatching: () => undefined,
      resumeWatching: () => undefined,
      about: () => ABOUT,
      jobs: () => jobs,
      addJob: (request) => {
        const job = { ...JOBS[0]!, id: 100, spec: request, state: 'queued', result: null } as Job;
        jobs = [job, ...jobs];
        tell({ type: 'job', job });
        return job;
      },
      orderJob: (id, order) => {
        const state = {
          pause: 'paused',
          resume: 'running',
          cancel: 'cancelled',
          retry: 'queued',
          remove: 'cancelled',
        } as const;
        jobs =
          order === 'remove'
            ? jobs.filter((job) => job.id !== id)
            : jobs.map((job) => (job.id === id ? { ...job, state: state[order] } : job));
        return jobs;
      },
      jobCurve: () => curve(),
      jobLog: (_id, from) => ({
        text: from === 0 ? 'epoch 1 of 12: loss 0.412\nepoch 2 of 12: loss 0.318\n' : '',
        next: 52,
      }),
      planRetrain: () => ({
        learn: { correct: 21, incorrect: 34, none: 12 },
        holdout: { correct: 6, incorrect: 9, none: 4 },
        unlabelled: 140,
        epochs: 8,
        seconds: 260,
        missing: kept.length > 0 ? null : 'Review some faces first: at least 2 of each of two classes.',
        lacks: kept.length > 0 ? null : { why: 'labels', more: 6 },
      }),
      inspectFolder: (path) => ({
        path,
        images: { correct: 4120, incorrect: 2210, none: 5230 },
        divided: true,
      }),
      jobChoices: () => ({
        networks: [
          { name: 'student', about: 'the student' },
          { name: 'cnn4', about: 'the article’s CNN' },
        ],
        methods: [
          { name: 'vanilla', about: 'follow the teacher’s softened answer' },
          { name: 'decoupled', about: 'follow its sureness and its other answers apart' },
        ],
      }),
      models: list,
      modelDetail: (id) => ({
        entry: models.find((model) => model.id === id)!,
        card: {
          name: id,
          architecture: 'student',
          parameters: 338_000,
          date: '2026-11-20',
          classes: ['correct', 'incorrect', 'none'],
          input: { size: 112, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
          cropMargin: 0.27,
          temperature: 1,
          data: [],
          metrics: [],
          weaknesses: ['Masks worn incorrectly are its weak class.'],
          commands: [],
        },
        data: [{ set: 'review', images: 67, licence: 'own', use: 'train' }],
        curve: curve(),
        comparison: comparison(null),
      }),
      promoteModel: promote,
      rollBackModel: () => promote(before ?? 'student'),
      removeModel: (id) => {
        models = models.filter((model) => model.id !== id);
        return list();
      },
      importModel: () => list(),
      exportModel: (id) => ({ file: `${id}.maskwatch`, bytes: new Uint8Array([1, 2, 3]) }),
      reviewCounts: counts,
      reviewFaces: ({ state = 'all', guess, label, reason, offset = 0, limit = 200 }) => {
        const stateOf = (face: ReviewFace) =>
          face.label === null ? 'waiting' : face.label === 'skipped' ? 'skipped' : 'done';
        const through = kept.filter(
          (face) =>
            (state === 'all' || stateOf(face) === state) &&
            (guess === undefined || face.guess === guess) &&
            (label === undefined || face.label === label) &&
            (reason === undefined || face.reason === reason),
        );
        return { faces: through.slice(offset, offset + limit), total: through.length };
      },
      reviewCrops: (ids) =>
        Promise.all(ids.map(async (id) => ({ id, png: await facePicture(id, MASK_CLASSES[id % 3]!) }))),
      labelFaces: (ids, label) => {
        undos.push(kept.filter(({ id }) => ids.includes(id)));
        kept = kept.map((face) => (ids.includes(face.id) ? { ...face, label } : face));
        return changed();
      },
      undoLabels: () => {
        const last = undos.pop() ?? [];
        kept = kept.map((face) => last.find(({ id }) => id === face.id) ?? face);
        changed();
        return last;
      },
      deleteFaces: (ids) => {
        kept = kept.filter(({ id }) => !ids.includes(id));
        return changed();
      },
      reviewFrames: () => frames.toSorted((a, b) => Number(a.reviewed) - Number(b.reviewed)),
      framePicture: (id) => entrancePicture(peopleIn(id)),
      markFrame: (id, marks) => {
        const before = wholePictures(frames.length).find((frame) => frame.id === id)?.faces ?? [];
        frames = frames.map((frame) =>
          frame.id === id ? { ...frame, faces: marks ?? before, reviewed: marks !== null } : frame,
        );
        return changed();
      },
      deleteFrame: (id) => {
        frames = frames.filter((frame) => frame.id !== id);
        return changed();
      },
      deleteAllFaces: () => {
        frames = [];
        kept = [];
        return changed();
      },
      statistics: (range) => {
        const sum = { correct: 0, incorrect: 0, none: 0 };
        const inRange = seen.filter(({ start }) => {
          const day = dayOf(new Date(start));
          return day >= range.from && day <= range.to;
        });
        for (const interval of inRange) for (const kind of MASK_CLASSES) sum[kind] += interval.counts[kind];
        return {
          range,
          intervals: inRange,
          counts: sum,
          putRight: inRange.reduce((total, { putRight }) => total + putRight, 0),
          waitSeconds: inRange.length > 0 ? 0.9 : null,
          watchedSeconds: inRange.length * 1200,
          since: seen[0] === undefined ? null : dayOf(new Date(seen[0].start)),
        };
      },
      statisticsCsv: () => ({ file: 'maskwatch.csv', text: 'start,correct,incorrect,none\n' }),
      deleteStatistics: () => undefined,
      webhook: () => webhook,
      setWebhookSecret: (secret) => (webhook = { ...webhook, signed: secret !== null }),
      testWebhook: () => null,
    };

  const open: readonly string[] = OPEN_FUNCTIONS;
  const main = Object.fromEntries(
    Object.entries(functions).map(([name, run]) => [
      name,
      async (...args: unknown[]): Promise<unknown> => {
        calls.push({ name, args });
        // How the page stands towards the PIN is part of the greeting.
        if (cast.silent && name !== 'access') return new Promise(() => undefined);
        if (cast.refusal !== undefined && name !== 'access') throw new Error(cast.refusal);
        if (access.locked && (cast.guarded?.includes(name) || !open.includes(name)))
          throw new Error('locked: enter the PIN first');
        // As over the line: what is given away is a copy.
        return structuredClone(await (run as (...args: unknown[]) => unknown)(...args));
      },
    ]),
    // Each has the name and the arguments of the function it stands for.
  ) as unknown as DeskMain;
  return { main, calls };
}
