/** What a job may ask for: wrong names are told when it is added, not after hours; distillation as `maskwatch distil` has it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { jobSpecSchema, type JobRequest } from '../../src-main/api';
import { checkJob, jobChoices } from '../../src-main/jobs/check';
import { maskwatch } from '../e2e/command';
import { inState, jobThat, JobSite } from './site';

let site: JobSite;
beforeAll(async () => {
  site = await JobSite.make();
});
afterEach(() => site.closeHosts());
afterAll(() => site.remove());

const distil = (more: object = {}): JobRequest =>
  ({ kind: 'distil', data: ['/faces'], teachers: ['shipped'], ...more }) as JobRequest;
const check = (request: JobRequest): void => checkJob(v.parse(jobSpecSchema, request));

it.each<[string, JobRequest, RegExp]>([
  [
    'a network that there is not',
    { kind: 'train', data: ['/f'], network: 'vgg' },
    /cannot train the network vgg: it takes student, faceres, .*WIDTHxBLOCKS/,
  ],
  [
    'a file as network',
    { kind: 'train', data: ['/f'], network: './mine.onnx' },
    /cannot train the network .\/mine.onnx: it takes/,
  ],
  [
    'one that would be fetched',
    { kind: 'train', data: ['/f'], network: 'hf:a/b' },
    /cannot train the network hf:a\/b/,
  ],
  [
    'a student that cannot be built',
    { kind: 'train', data: ['/f'], network: 'student-8x0@32' },
    /must be 64 to 128 pixels/,
  ],
  ['a method that there is not', distil({ methods: ['magic'] }), /no method magic; known are vanilla/],
  [
    'two methods that say the loss',
    distil({ methods: ['vanilla', 'decoupled'] }),
    /vanilla and decoupled each say the loss/,
  ],
  ['no teacher where one is needed', distil({ teachers: [] }), /a teacher must be named/],
  ['a teacher where none is asked', distil({ methods: ['mutual'] }), /mutual asks no teacher/],
  ['a stage of no network', distil({ chain: [{ student: 'vgg' }] }), /cannot train the network vgg/],
])('%s is refused', (_, request, message) => expect(() => check(request)).toThrow(message));

it.each<[string, JobRequest]>([
  ['the usual way', distil()],
  ['a student of another shape', distil({ network: 'student-16x0-32x1@64' })],
  ['several methods', distil({ methods: ['decoupled', 'noisy-teacher', 'messy:fraction=0.05'] })],
  ['an assistant', distil({ assistants: ['cnn4'] })],
  ['no teacher, by a method of its own', distil({ teachers: [], methods: ['self-training'] })],
  [
    'a chain',
    distil({
      chain: [
        { name: 'a', epochs: 3 },
        { teacher: ['a', 'best', 'other-job4'], method: 'patient' },
      ],
    }),
  ],
])('%s is taken', (_, request) => {
  check(request);
});

it('names what can be chosen', () => {
  const { networks, methods } = jobChoices();
  expect(networks.map(({ name }) => name)).toContain('student');
  expect(methods.map(({ name }) => name)).toContain('vanilla');
});

it('a distillation runs its chain, tells of it as one job, and names its teachers', async () => {
  const { desk, queue, events } = site.host();
  const { id } = desk.functions().addJob({
    kind: 'distil',
    data: [site.faces],
    teachers: ['shipped'],
    network: 'student-8x0-16x0@64',
    size: 32,
    images: 32,
    epochs: 1,
    name: 'Taught',
    chain: [
      { name: 'first', method: 'decoupled' },
      { name: 'second', teacher: 'best', method: 'patient', epochs: 2 },
    ],
  });
  const { result } = await jobThat(queue, id, inState('done'));
  if (result?.kind !== 'distil') throw new Error('no distillation');
  expect(queue.points(id).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  const epochs = events.flatMap((event) => (event.type === 'job' ? [event.job.progress?.epochs] : []));
  expect(epochs).toContain(3);
  const { entry, card } = await site.registry.detail(result.model);
  expect(entry).toMatchObject({ origin: 'distil', parents: ['shipped'], name: 'Taught' });
  expect(card.parameters).toBeLessThan(10_000);
  expect((await desk.functions().jobLog(id, 0)).text).toMatch(/stage 1 of 2, first[^]*stage 2 of 2, second/);

  const missing = desk.functions().addJob({ kind: 'distil', data: [site.faces], teachers: ['gone-job9'] });
  expect((await jobThat(queue, missing.id, inState('failed'))).fault).toBe('there is no model gone-job9');
});

it('the command line takes them too, and says what is wrong with them in a sentence', async () => {
  const chain = join(site.folder, 'chain.json');
  await writeFile(chain, '[{"name": "a"}, {"teacher": "best", "method": "born-again"}]');
  const to = ['--data', site.faces, '--settings', join(site.folder, 'settings.json'), '--json'];
  const added = maskwatch(
    ['jobs', 'add', 'distil', ...to, '--teachers', 'shipped', '--chain', chain],
    site.folder,
  );
  expect(await added.ended).toBe(0);
  const { id, spec } = JSON.parse(added.stdout[0]!) as { id: number; spec: { chain: unknown[] } };
  expect(spec.chain).toHaveLength(2);
  const { desk } = site.host();
  desk.functions().orderJob(id, 'cancel');
  const vgg: JobRequest = { kind: 'train', data: [site.faces], network: 'vgg' };
  expect(() => desk.functions().addJob(vgg)).toThrow('a job cannot train the network vgg');
  const wrong = maskwatch(['jobs', 'add', 'train', ...to, '--network', 'vgg'], site.folder);
  expect(await wrong.ended).toBe(2);
  expect(wrong.stderr.join('\n')).toMatch(
    /^(maskwatch: |error: )?a job cannot train the network vgg: it takes student/m,
  );
});
