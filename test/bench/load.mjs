// @ts-check
/**
 * `node test/bench/load.mjs [SECONDS]`: the whole live path at 1280×720 with 1 to 32 faces in every picture, as a table
 * in Markdown: looks and camera frames a second, age of verdicts, and what main and browser take of processor and
 * memory. Faces are cut from the photographs of an npm package, drawn beside each other, and move a little. Linux.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { ensureBuilt, root } from '../../src-main/setup/build.mjs';

const SECONDS = Number(process.argv[2] ?? 15);
const FACES = [1, 2, 4, 8, 16, 32];
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

/** @param {string} path */
async function watch(path) {
  const args = [cli, 'monitor', '--headless', '--json', '--host', 'browser', '--source', path];
  const env = { ...process.env, MASKWATCH_CONFIG: join(folder, 'config') };
  const child = spawn(process.execPath, [...args, '--for', String(SECONDS + 5)], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  /** @type {any} */
  let summary = null;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const message = JSON.parse(line);
    if (message.type === 'summary') summary = message;
  });
  const begun = new Promise((resolve) => lines.once('line', resolve));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await Promise.race([begun, ended]);
  await wait(3000);
  const [started, before] = [performance.now(), taken(child.pid ?? 0)];
  await wait(1000 * (SECONDS - 3));
  const [seconds, after] = [(performance.now() - started) / 1000, taken(child.pid ?? 0)];
  await ended;
  return { ...summary, cpu: (after.cpu - before.cpu) / seconds, memory: after.memory };
}

try {
  await ensureBuilt((line) => process.stderr.write(`${line}\n`));
  const faces = await cutFaces();
  print(
    `${cpus()[0]?.model ?? 'a processor'}, ${String(availableParallelism())} cores, ${String(SECONDS)} s each\n`,
  );
  print(
    '| faces a picture | different faces found | looks/s | camera frames/s | verdicts’ age p50 / p95, ms | cores used | memory, MB |',
  );
  print('| --- | --- | --- | --- | --- | --- | --- |');
  for (const count of FACES) {
    const { faces: seen, fps, cameraFps, latencyMs, cpu, memory } = await watch(await film(faces, count));
    const age = latencyMs === null ? '–' : `${String(latencyMs.p50)} / ${String(latencyMs.p95)}`;
    print(`| ${[count, seen, fps, cameraFps, age, cpu.toFixed(2), memory.toFixed(0)].join(' | ')} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
