// @ts-check
/**
 * One training step of the article's networks beside a peer's, in one run, as a table in Markdown:
 *
 *     node test/bench/training.mjs --peer 'python3 torch_train_step.py' [--nets NAME…] [--batch N] [--size N] [--threads N]
 *
 * The peer is any program that takes --net, --batch, --size, --threads and --steps, measures its own step, and prints one
 * line of JSON with imagesPerSecond. It is asked twice, the second time with --channels-last, and its better answer
 * counts. The three are measured in turn, twice over, and of each its best counts: other work only ever slows them.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs, promisify } from 'node:util';
import { ensureBuilt, root } from '../../src-main/setup/build.mjs';

const { values } = parseArgs({
  options: {
    peer: { type: 'string' },
    nets: {
      type: 'string',
      multiple: true,
      default: ['cnn4', 'squeezenet1_1', 'resnet18', 'densenet121', 'mobilenet_v2'],
    },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '128' },
    threads: { type: 'string', default: '2' },
    steps: { type: 'string', default: '8' },
  },
});
if (values.peer === undefined) {
  process.stderr.write(
    "usage: training.mjs --peer 'PROGRAM ARGUMENT…' [--nets NAME]; --nets may be repeated\n",
  );
  process.exit(2);
}
const [program = '', ...before] = values.peer.split(' ');
const { batch, size, threads, steps } = values;
const same = ['--batch', batch, '--size', size, '--threads', threads];
await ensureBuilt((line) => process.stderr.write(`${line}\n`));

/**
 * Images a second, as a program's last line of JSON says.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>}
 */
async function rate(command, args) {
  const { stdout } = await promisify(execFile)(command, args);
  const { imagesPerSecond } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (!(imagesPerSecond > 0)) throw new Error(`${command} ${args.join(' ')} gave no rate: ${stdout}`);
  return imagesPerSecond;
}

/** @param {string} text */
const print = (text) => process.stdout.write(`${text}\n`);
print('| network | ours, images/s | peer | peer, channels last | ratio |');
print('| --- | --- | --- | --- | --- |');
for (const net of values.nets) {
  const bench = [join(root, 'out', 'main', 'cli.js'), 'bench', '--train', '--json', '--net', net, ...same];
  const peer = [...before, '--net', net, ...same, '--steps', steps];
  const [ours, plain, last] = [[0], [0], [0]];
  for (let round = 0; round < 2; round++) {
    ours.push(await rate(process.execPath, bench));
    plain.push(await rate(program, peer));
    last.push(await rate(program, [...peer, '--channels-last']));
  }
  const best = [ours, plain, last].map((rates) => Math.max(...rates));
  const [mine = 0, ...theirs] = best;
  print(`| ${net} | ${best.join(' | ')} | ${(mine / Math.max(...theirs)).toFixed(2)} |`);
}
