/**
 * The desk in Chromium, over the real server and app, with a network of seconds: faces are labelled with the keyboard and
 * taken back; a training is paused, resumed, cancelled and tried again in two windows; everything is deleted.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MASK_CLASSES } from '../../src-main/api';
import { App } from '../../src-main/app';
import { startServer, type KioskServer } from '../../src-main/kiosk/server';
import { ReviewStore } from '../../src-main/review/store';
import { findBrowser } from '../../src-main/setup/find-browser.mjs';
import { openDatabase } from '../../src-main/store/database';
import { SettingsStore } from '../../src-main/store/settings';
import { drawFaces } from '../learn/drawn-faces';
import { randomModel, testCard, writeModel } from '../watch/models';
import { expectAccessible } from './accessible';
import { PATIENT } from './door';

let folder: string;
let faces: string;
let app: App;
let server: KioskServer;
let browser: Browser;
let page: Page;
const problems: string[] = [];

/** Ten faces, a visit each, as the watch would have kept them. */
async function keepFaces(): Promise<void> {
  const { db } = openDatabase(join(folder, 'maskwatch.db'));
  const store = new ReviewStore(db, folder, () => ({ on: true, days: 7 }));
  for (let i = 0; i < 10; i++) {
    const name = MASK_CLASSES[i % 3]!;
    store.keep({
      at: Date.now() - 60_000 * i,
      visit: `visit${String(i)}`,
      reason: i % 4 === 0 ? 'changed' : 'unsure',
      model: 'student',
      quality: 1,
      probabilities: { correct: 0.4, incorrect: 0.35, none: 0.25 },
      png: await readFile(join(faces, name, `${name}${String(i)}.png`)),
      signature: Float32Array.of(1, 0),
    });
  }
  db.close();
}

beforeAll(async () => {
  process.env['MASKWATCH_JOB_PRIORITY'] = '0';
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-desk-'));
  faces = await drawFaces(join(folder, 'faces'), 12);
  await keepFaces();
  const settings = await SettingsStore.open(join(folder, 'settings.json'));
  await settings.change({ privacy: { review: true } });
  app = await App.open({
    version: 'test',
    model: await writeModel(folder, randomModel(32), testCard(32)),
    settings,
    overrides: { provider: 'cpu' },
    source: { kind: 'file', name: 'film.mjpeg' },
  });
  app.on('fault', (message) => problems.push(`main: ${message}`));
  server = await startServer({
    onPage: (name, channel) => {
      if (name !== 'photos') app.serve(channel, name);
    },
    onRefused: (reason) => problems.push(`server: ${reason}`),
  });
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('no Chromium, Chrome or Edge is installed');
  const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-quic'];
  browser = await chromium.launch({ executablePath, args });
  page = await open('review');
});
afterAll(async () => {
  await browser.close();
  await server.close();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(section: string): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  opened.setDefaultTimeout(PATIENT.timeout);
  opened.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  opened.on('pageerror', (error) => problems.push(`page: ${error.message}`));
  await opened.goto(`${server.address('desk')}#${section}`);
  return opened;
}

const faceOptions = () => page.getByRole('listbox', { name: 'Kept faces' }).getByRole('option');
const go = (name: string) => page.getByRole('navigation').getByRole('link', { name }).click();
const waiting = () => app.status.keepsFaces && page.getByText(/\d+ faces? to review/).textContent();

it('reviews ten faces with one key each, and takes one back', async () => {
  await expect.poll(waiting, PATIENT).toMatch('10 faces to review');
  await expect.poll(() => faceOptions().count(), PATIENT).toBe(10);
  await faceOptions().first().getByRole('img').waitFor();
  await expectAccessible(page);
  await page.getByRole('listbox', { name: 'Kept faces' }).focus();
  for (let left = 9; left >= 0; left--) {
    await page.keyboard.press('3');
    await expect.poll(waiting, PATIENT).toMatch(`${String(left)} face`);
    if (left > 0) await expect.poll(() => faceOptions().count(), PATIENT).toBe(left);
  }
  await page.getByText('Nothing to review here').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => faceOptions().count(), PATIENT).toBe(1);
  await page.getByRole('listbox', { name: 'Kept faces' }).focus();
  await page.keyboard.press('3');
  await expect.poll(waiting, PATIENT).toMatch('0 faces to review');
});

it('pauses, resumes, cancels and tries again a training, and two windows see the same', async () => {
  await go('Jobs');
  const second = await open('jobs');
  await page.getByText('Another job').click();
  await page.getByLabel('Folder').fill(faces);
  await page.getByLabel('Epochs').fill('500');
  await page.getByText('36 images').waitFor();
  await page.getByRole('button', { name: 'Add to the queue' }).click();
  const job = page.getByRole('article', { name: 'Training' });
  const there = second.getByRole('article', { name: 'Training' });
  await job.getByText(/epoch \d+ of 500/).waitFor();
  await there.getByRole('button', { name: 'Pause' }).click();
  await job.getByText('paused', { exact: true }).waitFor();
  await job.getByRole('button', { name: 'Resume' }).click();
  await there.getByText('running', { exact: true }).waitFor();
  await job.getByRole('button', { name: 'Cancel' }).click();
  await job.getByText('cancelled', { exact: true }).waitFor();
  await there.getByRole('button', { name: 'Try again' }).click();
  await job.getByText('running', { exact: true }).waitFor();
  await job.getByRole('button', { name: 'Cancel' }).click();
  await there.getByText('cancelled', { exact: true }).waitFor();
});

it('deletes everything, after asking', async () => {
  await go('Review');
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
  await expect.poll(waiting, PATIENT).toMatch('0 faces to review, 0 labelled');
  expect(problems).toEqual([]);
});
