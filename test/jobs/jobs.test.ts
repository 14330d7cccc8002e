/** Jobs in real processes over real SQLite: run, held, cancelled, killed, begun again; one at a time whoever asks. */
import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Job } from '../../src-main/api';
import { maskwatch } from '../e2e/command';
import { readCheckpoint, writeCheckpoint } from '../../src-main/learn/checkpoint';
import { recovered } from '../recovery';
import { inState, jobThat, JobSite } from './site';

let site: JobSite;
beforeAll(async () => {
  site = await JobSite.make();
});
afterEach(() => site.closeHosts());
afterAll(() => site.remove());

/** Whether the first epoch is done and the last is not. */
const midway = ({ state, progress }: Job): boolean => state === 'running' && (progress?.epoch ?? 0) > 1;
const modelOf = ({ result }: Job): string => {
  if (result?.kind !== 'train') throw new Error('not a training');
  return result.model;
};
const bytesOf = (job: Job): Promise<Buffer> => readFile(site.registry.path(modelOf(job)));

describe('a job', () => {
  it('trains in its own process, tells how it goes, and leaves a model, a curve and a log', async () => {
    const { desk, queue, events } = site.host();
    const { id } = desk.functions().addJob(site.training({ name: 'Front door' }));
    const job = await jobThat(queue, id, inState('done'));
    expect(modelOf(job)).toBe(`front-door-job${String(id)}`);
    expect(job).toMatchObject({ attempts: 1, fault: null, progress: { epochs: 2 } });
    const { models } = await site.registry.list();
    expect(models.map(({ name, origin, current }) => [name, origin, current])).toEqual([
      ['Front door', 'train', false],
      ['student', 'shipped', true],
    ]);
    const detail = await site.registry.detail(modelOf(job));
    expect(detail.curve.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(detail.data).toMatchObject([{ set: 'faces', use: 'training' }]);
    expect(queue.points(id)).toEqual(detail.curve);
    const told = events.filter((event) => event.type === 'curvePoint').map(({ point }) => point.epoch);
    expect(told).toEqual([1, 2]);
    const { text, next } = await desk.functions().jobLog(id, 0);
    expect(text).toMatch(/begun: .*"kind":"train"[^]*epoch 2 of 2: loss [^]*done\n$/);
    expect((await desk.functions().jobLog(id, next)).text).toBe('');
  });

  it('says why it failed, names the folder, and can be tried again', async () => {
    const { desk, queue } = site.host();
    const { addJob, orderJob } = desk.functions();
    const nowhere = join(site.folder, 'nowhere');
    const { id } = addJob(site.training({ data: [nowhere] }));
    expect((await jobThat(queue, id, inState('failed'))).fault).toBe(`there is no folder ${nowhere}`);
    orderJob(id, 'retry');
    await jobThat(queue, id, (job) => job.state === 'failed' && job.ended !== null);
    orderJob(id, 'remove');
    expect(queue.list().some((job) => job.id === id)).toBe(false);
    expect(() => orderJob(id, 'retry')).toThrow(`there is no job ${String(id)}`);
  });

  it('killed from outside goes on from its last checkpoint, to the same bytes as an unbroken one', async () => {
    const { desk, queue, started } = site.host();
    const { addJob } = desk.functions();
    // So many epochs that even a starved machine looks once between the first and the last.
    const training = site.training({ epochs: 16 });
    const whole = await jobThat(queue, addJob(training).id, inState('done'));
    const { id } = addJob(training);
    await jobThat(queue, id, midway);
    const killed = performance.now();
    started.at(-1)!.kill();
    const again = await jobThat(queue, id, ({ attempts }) => attempts === 2);
    expect(again.fault).toMatch(/SIGKILL.*memory/);
    await jobThat(
      queue,
      id,
      ({ attempts, progress, state }) => attempts === 2 && (state === 'done' || (progress?.epoch ?? 0) > 1),
    );
    recovered('job’s process killed', killed);
    const job = await jobThat(queue, id, inState('done'));
    expect(job.fault).toBeNull();
    expect((await bytesOf(job)).equals(await bytesOf(whole))).toBe(true);
  });

  it('that runs out of memory says so, and those behind it run', async () => {
    const { desk, queue } = site.host();
    const { addJob } = desk.functions();
    // All that Node may take of memory for objects: less than training takes.
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=8 --max-semi-space-size=1');
    const { id } = addJob(site.training({ epochs: 500 }));
    const next = addJob(site.training());
    await jobThat(queue, id, ({ attempts }) => attempts === 3);
    await jobThat(queue, id, inState('failed'));
    const failed = performance.now();
    vi.unstubAllEnvs();
    expect(queue.get(id).fault).toMatch(
      /^it ran out of memory \(.*GB of memory are free now\).*begun 3 times/,
    );
    await jobThat(queue, next.id, ({ state }) => state === 'running' || state === 'done');
    recovered('job out of memory, from its failing until the next one runs', failed);
    await jobThat(queue, next.id, ({ state, attempts }) => state === 'done' || attempts > 1);
  });

  it('whose numbers are none any more ends with that, named', async () => {
    const first = site.host();
    const { id } = first.desk.functions().addJob(site.training({ epochs: 500 }));
    await jobThat(first.queue, id, midway);
    await first.close();
    const path = join(site.folder, 'jobs', String(id), 'run', 'checkpoint.bin');
    const { meta, vectors } = await readCheckpoint(path);
    for (const [name, vector] of Object.entries(vectors)) if (name.includes('parameters')) vector.fill(NaN);
    await writeCheckpoint(path, meta, vectors);
    const begun = performance.now();
    const { queue } = site.host();
    const { fault } = await jobThat(queue, id, inState('failed'));
    recovered('NaN in a job, from its beginning until it is said', begun);
    expect(fault).toMatch(/^the (validation )?loss became NaN/);
  });

  it('that dies again and again has failed, in words', async () => {
    const { desk, queue, started } = site.host();
    const { id } = desk.functions().addJob(site.training({ epochs: 500 }));
    for (let n = 1; n <= 3; n++) {
      await jobThat(queue, id, ({ attempts, state }) => attempts === n && state === 'running');
      started.at(-1)!.kill();
    }
    expect((await jobThat(queue, id, inState('failed'))).fault).toMatch(/SIGKILL.*begun 3 times/);
  });

  it('stands still while it is paused, keeps its place, and goes on', async () => {
    const { desk, queue } = site.host();
    const { addJob, orderJob } = desk.functions();
    const { id } = addJob(site.training({ epochs: 200 }));
    const other = addJob({ kind: 'evaluate', data: [site.faces], model: 'shipped' });
    await jobThat(queue, id, midway);
    orderJob(id, 'pause');
    // Whoever reads the log sees that it has stopped; a step that was under way is let end.
    await vi.waitFor(async () => {
      expect((await desk.functions().jobLog(id, 0)).text).toContain('paused');
    });
    const epoch = queue.points(id).length;
    // In the time that another process takes to tell of it, many epochs would pass.
    const told = maskwatch(['jobs', 'list', '--json'], site.folder);
    expect(await told.ended).toBe(0);
    expect(queue.points(id).length).toBeLessThanOrEqual(epoch + 1);
    expect(queue.get(other.id).state).toBe('queued');
    orderJob(id, 'resume');
    await vi.waitFor(() => expect(queue.points(id).length).toBeGreaterThan(epoch), { timeout: 20_000 });
    orderJob(id, 'cancel');
    await jobThat(queue, other.id, inState('done'));
    expect(queue.get(id).state).toBe('cancelled');
    expect(() => orderJob(id, 'pause')).toThrow(`job ${String(id)} is cancelled and cannot be paused`);
  });
});

it('paused stays paused over a restart with others waiting behind it, and goes on from its checkpoint', async () => {
  const first = site.host();
  const { id } = first.desk.functions().addJob(site.training({ epochs: 200 }));
  const next = first.desk.functions().addJob(site.training({ epochs: 1 }));
  await jobThat(first.queue, id, midway);
  first.desk.functions().orderJob(id, 'pause');
  await vi.waitFor(async () => {
    expect((await first.desk.functions().jobLog(id, 0)).text).toContain('paused');
  });
  await first.close();
  const { desk, queue, started } = site.host();
  const done = queue.points(id).length;
  expect([queue.get(id).state, queue.get(next.id).state, started.length]).toEqual(['paused', 'queued', 0]);
  desk.functions().orderJob(id, 'resume');
  await vi.waitFor(() => expect(queue.points(id).length).toBeGreaterThan(done), { timeout: 50_000 });
  const { text } = await desk.functions().jobLog(id, 0);
  expect(text.match(/epoch 1 of 200/g)).toHaveLength(1);
  desk.functions().orderJob(id, 'cancel');
  await jobThat(queue, next.id, inState('done'));
});

describe('hosts', () => {
  it('of one folder run one job at a time, and the other takes over when the first ends', async () => {
    const [first, second] = [site.host(), site.host()];
    const { id } = second.desk.functions().addJob(site.training({ epochs: 500 }));
    await jobThat(second.queue, id, midway);
    expect([first.started.length, second.started.length]).toEqual([1, 0]);
    const next = first.desk.functions().addJob(site.training({ epochs: 1 }));
    await first.close();
    await jobThat(second.queue, id, ({ attempts, state }) => attempts === 2 && state === 'running');
    expect(second.queue.get(next.id).state).toBe('queued');
    second.desk.functions().orderJob(id, 'cancel');
    await jobThat(second.queue, next.id, inState('done'));
    expect(second.events.filter((event) => event.type === 'job').length).toBeGreaterThan(3);
  });

  it('killed with their job leave the queue whole: the next one goes on with it', async () => {
    const settings = join(site.folder, 'settings.json');
    const add = ['--data', site.faces, '--size', '32', '--images', '64', '--epochs', '200'];
    const added = maskwatch(['jobs', 'add', 'train', ...add, '--settings', settings, '--json'], site.folder);
    expect(await added.ended).toBe(0);
    const { id } = JSON.parse(added.stdout[0]!) as Job;
    const run = maskwatch(['jobs', 'run', '--settings', settings, '--json'], site.folder);
    await run.line('stdout', /"epoch":[2-9],"epochs"/);
    run.process.kill('SIGKILL');
    await run.ended;
    const after = site.host();
    const job = await jobThat(after.queue, id, midway);
    expect(job.attempts).toBe(2);
    const log = (await after.desk.functions().jobLog(id, 0)).text;
    expect(log).toContain('begun again');
    expect(log.match(/epoch 1 of 200/g)).toHaveLength(1);
    after.desk.functions().orderJob(id, 'cancel');
    const list = maskwatch(['jobs', 'list', '--settings', settings], site.folder);
    expect(await list.ended).toBe(0);
    expect(list.stdout[0]).toMatch(/^job \d+, train, cancelled/);
  });
});

/** Of Linux: what runs when nothing else wants to. */
const SCHED_IDLE = 5;
/** How the system shares the processor out to the threads of a process (proc_pid_stat(5), field 41). */
async function policiesOf(pid: number): Promise<Set<number>> {
  const tasks = `/proc/${String(pid)}/task`;
  const stats = (await readdir(tasks)).map((task) => readFile(join(tasks, task, 'stat'), 'utf8'));
  // What stands in brackets may hold spaces.
  return new Set(
    (await Promise.all(stats)).map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38])),
  );
}

it('runs at the lowest priority', async () => {
  delete process.env['MASKWATCH_JOB_PRIORITY'];
  const { desk, queue, started } = site.host();
  const { id } = desk.functions().addJob(site.training({ epochs: 500 }));
  await jobThat(queue, id, inState('running'));
  const { pid } = started.at(-1)!;
  await vi.waitFor(() => expect(getPriority(pid)).toBe(19), { timeout: 20_000 });
  if (process.platform === 'linux')
    await vi.waitFor(async () => expect(await policiesOf(pid)).toEqual(new Set([SCHED_IDLE])), {
      timeout: 20_000,
    });
  desk.functions().orderJob(id, 'cancel');
});
