// @ts-check
/**
 * The article's table, made for real: each network is trained on the same folders with its own recipe, measured on the
 * same test photographs and on sets it never saw, and laid beside the others by `maskwatch report`.
 *
 *     node test/bench/comparison.mjs --data DIR… --unseen DIR… --out DIR [--epochs N] [--images N] [--size N] [--nets NAME…] [--cascades DIR]
 *
 * With `--teacher M` each network is taught by it instead, at its own size unless `--size` names one: students of any
 * shape (`--nets student-8x0-16x1-24x1-36x1@96`), for what accuracy costs.
 *
 * With `--speed` the table tells how fast each network trains when nothing else runs, measured then; otherwise as it ran.
 *
 * Broken off and run again it goes on: runs that are finished are left alone, others are resumed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const BASELINES = ['random-forest', 'haar'];
const NETWORKS = [
  ...[
    'cnn4',
    'student',
    'squeezenet1_1',
    'mobilenet_v2',
    'resnet18',
    'densenet121',
    'inception_v3',
    'faceres',
  ],
];

const { values } = parseArgs({
  options: {
    data: { type: 'string', multiple: true, default: [] },
    unseen: { type: 'string', multiple: true, default: [] },
    nets: { type: 'string', multiple: true },
    out: { type: 'string' },
    epochs: { type: 'string', default: '20' },
    images: { type: 'string', default: '0' },
    size: { type: 'string' },
    teacher: { type: 'string', multiple: true, default: [] },
    threads: { type: 'string', default: '0' },
    cascades: { type: 'string' },
    speed: { type: 'boolean', default: false },
  },
});
const { data, unseen, out, epochs, images, teacher, threads } = values;
const isTaught = teacher.length > 0;
const size = values.size ?? (isTaught ? null : '128');
const nets = values.nets ?? (isTaught ? ['student'] : [...BASELINES, ...NETWORKS]);
if (data.length === 0 || out === undefined) {
  process.stderr.write(
    'usage: comparison.mjs --data DIR --out DIR [--unseen DIR] [--nets NAME]; each may be repeated\n',
  );
  process.exit(2);
}

const run = fileURLToPath(new URL('../../src-main/setup/run.mjs', import.meta.url));

/** @param {string[]} args @returns {number} its exit code */
function maskwatch(args) {
  process.stderr.write(`maskwatch ${args.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [run, 'cli', ...args], { stdio: 'inherit' });
  return status ?? 1;
}

/** @param {string} folder */
function isFinished(folder) {
  const facts = join(folder, 'run.json');
  return existsSync(facts) && JSON.parse(readFileSync(facts, 'utf8')).finished === true;
}

/** @type {string[]} */
const finished = [];
/** @type {string[]} */
const failed = [];
for (const net of nets) {
  const folder = join(out, net);
  if (!isFinished(folder)) {
    const how = isTaught ? ['distil', '--student', net, '--teacher', ...teacher] : ['train', '--arch', net];
    const common = [...how, '--data', ...data, ...(unseen.length > 0 ? ['--unseen', ...unseen] : [])];
    // What is no network sees each picture once, and so all of them.
    const learning = ['--images', images, '--epochs', epochs, '--patience', '8', '--resume'];
    if (size !== null) learning.push('--size', size);
    const parts = values.cascades === undefined ? [] : ['--cascades', values.cascades];
    const more = { 'random-forest': [], haar: parts }[net] ?? learning;
    const code = maskwatch([...common, '--out', folder, '--threads', threads, ...more]);
    if (code >= 128) process.exit(code);
  }
  (isFinished(folder) ? finished : failed).push(net);
}
if (finished.length === 0) process.exit(1);
const speed = values.speed ? ['--training-speed'] : [];
const code = maskwatch(['report', ...finished.map((net) => join(out, net)), '--out', out, ...speed]);
// A network that could not be trained (no cascades for haar, no package for its weights) has said why.
if (failed.length > 0) process.stderr.write(`not in the table: ${failed.join(', ')}\n`);
process.exit(code);
