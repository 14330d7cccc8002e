// @ts-check
/**
 * `node test/bench/load.mjs [--seconds S] [--cameras 1,2,…] [--faces 1,2,…]`: the whole live path at 1280×720 with 1 to 32
 * faces in every picture, and 1 to 4 cameras, each watched by a maskwatch of its own, as tables in Markdown: looks and camera
 * frames a second, age of verdicts in the first and the second half of the time (what queued would get older), and what
 * main and browser take of processor and memory. Faces are cut from the photographs of an npm package, drawn beside each
 * other, and move a little. Linux.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import sharp from 'sharp';
import { ensureBuilt, root } from '../../src-main/setup/build.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    faces: { type: 'string', default: '1,2,4,8,16,32' },
    cameras: { type: 'string', default: '1,2,3,4' },
  },
});
const SECONDS = Number(values.seconds);
const FACES = values.faces.split(',').filter(Boolean).map(Number);
const CAMERAS = values.cameras.split(',').filter(Boolean).map(Number);
/** Faces before each of several cameras. */
const BEFORE_EACH = 4;
const [WIDTH, HEIGHT] = [1280, 720];
/** Pictures of a film; it is played over and over at 30 a second. */
const PICTURES = 30;

/** @param {string} line */
const print = (line) => process.stdout.write(`${line}\n`);

const cli = join(root, 'out', 'main', 'cli.js');
const photos = join(root, 'node_modules', '@vladmandic', 'face-api', 'demo');
const folder = mkdtempSync(join(tmpdir(), 'maskwatch-load-'));

/** Squares around faces that are found surely. @returns {Promise<Buffer[]>} */
async function cutFaces() {
  const names = readdirSync(photos).filter((name) => /^sample\d\.jpg$/.test(name));
  const paths = names.map((name) => join(photos, name));
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'classify', ...paths, '--json']);
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Promise.all(
    found
      .filter(({ box, score }) => score > 0.6 && box[2] > 60)
      .map(async ({ file, box: [x, y, width, height] }) => {
        const { width: across = 0, height: down = 0 } = await sharp(file).metadata();
        const side = Math.round(Math.min(1.9 * Math.max(width, height), across, down));
        const left = Math.round(Math.min(Math.max(x + width / 2 - side / 2, 0), across - side));
        const top = Math.round(Math.min(Math.max(y + height / 2 - side / 2, 0), down - side));
        return sharp(file).extract({ left, top, width: side, height: side }).png().toBuffer();
      }),
  );
}

/**
 * A film with so many faces in each picture.
 * @param {Buffer[]} faces
 * @param {number} count
 */
async function film(faces, count) {
  const columns = Math.ceil(Math.sqrt((count * WIDTH) / HEIGHT));
  const rows = Math.ceil(count / columns);
  const side = Math.floor(Math.min(WIDTH / columns, HEIGHT / rows, 300)) - 8;
  const drawn = await Promise.all(faces.map((face) => sharp(face).resize(side, side).toBuffer()));
  const frames = [];
  for (let t = 0; t < PICTURES; t++) {
    const layers = Array.from({ length: count }, (_, i) => ({
      input: /** @type {Buffer} */ (drawn[i % drawn.length]),
      left: Math.round((WIDTH / columns) * (i % columns) + 4 + 3 * Math.sin((2 * Math.PI * t) / PICTURES)),
      top: Math.round((HEIGHT / rows) * Math.floor(i / columns) + 4),
    }));
    const background = { r: 96, g: 100, b: 104 };
    const picture = sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background } });
    frames.push(await picture.composite(layers).jpeg({ quality: 85 }).toBuffer());
  }
  const path = join(folder, `${String(count)}.mjpeg`);
  writeFileSync(path, Buffer.concat(frames));
  return path;
}

/**
 * Processor time in seconds and private memory in megabytes of a process and all that it started.
 * @param {number} pid
 */
function taken(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const stats = all.flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, parent, , , , , , , , , , user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [, resident = 0, shared = 0] = readFileSync(`/proc/${name}/statm`, 'utf8').split(' ').map(Number);
      const cpu = ((user ?? 0) + (system ?? 0)) / 100;
      return [{ pid: Number(name), parent, cpu, memory: ((resident - shared) * 4096) / 1e6 }];
    } catch {
      return []; // It ended meanwhile.
    }
  });
  const tree = stats.filter((one) => one.pid === pid);
  for (const one of tree) tree.push(...stats.filter(({ parent }) => parent === one.pid));
  const sum = (/** @type {'cpu' | 'memory'} */ of) => tree.reduce((total, one) => total + one[of], 0);
  return { cpu: sum('cpu'), memory: sum('memory') };
}

/**
 * One maskwatch on a film, with a folder of its own.
 * @param {string} path
 * @param {number} n which one of those that run together
 */
function start(path, n) {
  const port = 19_300 + n;
  const args = [cli, 'monitor', '--headless', '--json', '--host', 'browser', '--source', path];
  const env = { ...process.env, MASKWATCH_CONFIG: join(folder, `config${String(n)}`) };
  const more = ['--metrics-port', String(port), '--provider', 'cpu', '--pipeline', 'two-stage'];
  const child = spawn(process.execPath, [...args, ...more], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  /** @type {any} */
  let summary = null;
  const lines = createInterface({ input: child.stdout });
  const begun = new Promise((resolve) => lines.once('line', resolve));
  lines.on('line', (line) => {
    const message = JSON.parse(line);
    if (message.type === 'summary') summary = message;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    pid: child.pid ?? 0,
    begun: Promise.race([begun, ended]),
    /** Looks so far, and how many verdicts were at most so old: [milliseconds, count][]. */
    async figures() {
      const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
      const looks = Number(/^maskwatch_looks_total (\d+)/m.exec(text)?.[1] ?? 0);
      const camera = Number(/^maskwatch_camera_frames_total (\d+)/m.exec(text)?.[1] ?? 0);
      const ages = [...text.matchAll(/^maskwatch_verdict_age_seconds_bucket\{le="([\d.]+|\+Inf)"\} (\d+)/gm)];
      return {
        looks,
        camera,
        ages: ages.map(
          ([, le, n]) => /** @type {const} */ ([1000 * Number(le?.replace('+Inf', 'Infinity')), Number(n)]),
        ),
      };
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      return summary;
    },
  };
}

/** @typedef {Awaited<ReturnType<ReturnType<typeof start>['figures']>>} Figures */

/**
 * The age that a share of the verdicts between two readings did not exceed.
 * @param {Figures[]} before
 * @param {Figures[]} after
 * @param {number} share
 */
function age(before, after, share) {
  const counts = (after[0]?.ages ?? []).map(
    ([le], i) =>
      /** @type {const} */ ([
        le,
        after.reduce((sum, one, n) => sum + (one.ages[i]?.[1] ?? 0) - (before[n]?.ages[i]?.[1] ?? 0), 0),
      ]),
  );
  const all = counts.at(-1)?.[1] ?? 0;
  return all === 0 ? '–' : String(counts.find(([, n]) => n >= share * all)?.[0]);
}

/**
 * Watches a film by so many maskwatches at once.
 * @param {string} path
 * @param {number} cameras
 */
async function watch(path, cameras) {
  const watches = Array.from({ length: cameras }, (_, n) => start(path, n));
  await Promise.all(watches.map(({ begun }) => begun));
  await wait(5000);
  const read = async () => {
    const figures = await Promise.all(watches.map((one) => one.figures()));
    const all = watches.map(({ pid }) => taken(pid));
    return {
      at: performance.now(),
      figures,
      cpu: all.reduce((sum, { cpu }) => sum + cpu, 0),
      memory: all.reduce((sum, { memory }) => sum + memory, 0),
    };
  };
  const first = await read();
  await wait(500 * SECONDS);
  const middle = await read();
  await wait(500 * SECONDS);
  const last = await read();
  const summaries = await Promise.all(watches.map((one) => one.stop()));
  const seconds = (last.at - first.at) / 1000;
  const perSecond = (/** @type {'looks' | 'camera'} */ of) =>
    last.figures.map((one, n) => ((one[of] - (first.figures[n]?.[of] ?? 0)) / seconds).toFixed(1)).join(', ');
  const ages = (/** @type {typeof first} */ a, /** @type {typeof first} */ b) =>
    `${age(a.figures, b.figures, 0.5)} / ${age(a.figures, b.figures, 0.95)}`;
  return [
    summaries.map((one) => String(one?.faces ?? '–')).join(', '),
    perSecond('looks'),
    perSecond('camera'),
    ages(first, middle),
    ages(middle, last),
    ((last.cpu - first.cpu) / seconds).toFixed(2),
    last.memory.toFixed(0),
  ];
}

/** @param {string} first the first column's name */
function head(first) {
  const columns = [
    first,
    'faces found',
    'looks/s',
    'camera frames/s',
    'verdicts’ age p50 / p95 at most, ms, first half',
    'second half',
    'cores used',
    'memory, MB',
  ];
  print(`| ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length)}`);
}

try {
  await ensureBuilt((line) => process.stderr.write(`${line}\n`));
  const faces = await cutFaces();
  print(
    `${cpus()[0]?.model ?? 'a processor'}, ${String(availableParallelism())} cores, ${String(SECONDS)} s each\n`,
  );
  if (FACES.length > 0) head('faces a picture');
  for (const count of FACES)
    print(`| ${[count, ...(await watch(await film(faces, count), 1))].join(' | ')} |`);
  print('');
  if (CAMERAS.length > 0) head(`cameras, ${String(BEFORE_EACH)} faces each`);
  for (const cameras of CAMERAS)
    print(`| ${[cameras, ...(await watch(await film(faces, BEFORE_EACH), cameras))].join(' | ')} |`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
