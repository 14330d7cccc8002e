// @ts-check
/**
 * Writes the pictures of the documentation, every screen: `npm run screenshots`, or `npm run screenshots NAME…` for some of
 * them. The pages are the real ones in the states of test/renderer (live/stories.ts, desk/desk-stage.ts), over a drawn
 * entrance (scene.mjs) and with drawn faces; no photograph of anybody is in them.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { createServer } from 'vite';
import { findBrowser } from '../../../src-main/setup/find-browser.mjs';
import { NEWCOMER, scene, VISITORS } from './scene.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const docs = join(root, 'docs');

/**
 * What is pictured.
 * @typedef {object} Picture
 * @property {string} name of the file
 * @property {'live' | 'desk'} page
 * @property {string} story its state
 * @property {'light' | 'dark'} [scheme] light where it is not given
 * @property {[width: number, height: number]} [size]
 * @property {string} [language]
 * @property {'entrance' | 'newcomer'} [picture] what the camera shows; the entrance where it is not given
 * @property {boolean} [seen] false where nobody is seen: the faces have no boxes
 */

/** @type {Picture[]} */
// prettier-ignore
const PICTURES = [
  { name: 'live', page: 'live', story: 'frameless' },
  { name: 'live-dark', page: 'live', story: 'nobody', scheme: 'dark' },
  { name: 'live-kiosk', page: 'live', story: 'nobody', size: [1080, 1920] },
  { name: 'live-corner', page: 'live', story: 'frameless', size: [420, 320] },
  { name: 'live-arabic', page: 'live', story: 'nobody', language: 'ar', size: [1024, 600] },
  { name: 'no-camera', page: 'live', story: 'absent', size: [1024, 600] },
  { name: 'paused', page: 'live', story: 'paused', size: [1024, 600] },
  { name: 'reconnecting', page: 'live', story: 'reconnecting', size: [1024, 600] },
  { name: 'first-run-camera', page: 'live', story: 'first-camera', picture: 'newcomer', seen: false },
  { name: 'first-run-stand', page: 'live', story: 'first-stand', picture: 'newcomer', seen: false },
  { name: 'first-run-done', page: 'live', story: 'first-done', picture: 'newcomer' },
  { name: 'settings', page: 'live', story: 'settings-judging' },
  { name: 'settings-dark', page: 'live', story: 'settings-privacy', scheme: 'dark' },
  { name: 'settings-jobs', page: 'live', story: 'settings-jobs' },
  { name: 'menu', page: 'live', story: 'menu' },
  { name: 'pin', page: 'live', story: 'pin', size: [1024, 700] },
  { name: 'region', page: 'live', story: 'region' },
  { name: 'statistics', page: 'desk', story: 'statistics' },
  { name: 'statistics-dark', page: 'desk', story: 'statistics-months', scheme: 'dark' },
  { name: 'review', page: 'desk', story: 'review' },
  { name: 'review-empty', page: 'desk', story: 'review-off', size: [1024, 600] },
  { name: 'review-pictures', page: 'desk', story: 'review-pictures', size: [1280, 1000] },
  { name: 'jobs', page: 'desk', story: 'jobs-running' },
  { name: 'jobs-dark', page: 'desk', story: 'jobs', scheme: 'dark' },
  { name: 'comparison', page: 'desk', story: 'jobs-compared', size: [1280, 1000] },
  { name: 'models', page: 'desk', story: 'models-card' },
  { name: 'desk-narrow', page: 'desk', story: 'review', size: [360, 740] },
];

/** The live page's script: the real page, with camera, watcher and main stood in for. */
const LIVE = `
  import { mount } from 'svelte';
  import '/src-renderer/theme.css';
  import Live from '/src-renderer/live/Live.svelte';
  import { DrawnMedia, stageSession } from '/test/renderer/live/stage-hands.ts';
  import { STORIES, until } from '/test/renderer/live/stories.ts';
  const asked = new URL(location.href).searchParams;
  const image = new Image();
  image.src = '/' + asked.get('picture') + '.png';
  await image.decode();
  const story = STORIES[asked.get('story')];
  const cast = story.cast?.() ?? {};
  const media = cast.media ?? new DrawnMedia();
  media.stream = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    const draw = () => context.drawImage(image, 0, 0);
    draw();
    setInterval(draw, 33);
    return canvas.captureStream(30);
  };
  const visitors = asked.get('picture') === 'newcomer' ? ${JSON.stringify([NEWCOMER])} : ${JSON.stringify(VISITORS)};
  const people = asked.get('seen') === 'yes' ? visitors : [];
  const language = asked.get('language');
  const settings = { ...cast.settings, ...(language && { languages: { pages: language, visitors: [language] } }) };
  const counts = { correct: 214, incorrect: 31, none: 12 };
  const staged = stageSession({ ...cast, media, counts, settings, people: () => people });
  const target = document.querySelector('#page');
  mount(Live, { target, props: { session: staged.session } });
  await until(() => staged.session.settings !== null);
  const runs = () => staged.session.camera.state.state === 'running';
  if (people.length > 0 && media.refusal === null && staged.session.status.paused === null)
    await until(() => runs() && staged.session.sight.faces.length === people.length);
  await story.then?.(staged, target);
  document.body.dataset.ready = 'yes';
`;
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" /><link rel="icon" href="data:," /></head>
  <body><div id="page"></div><script type="module" src="/@id/__x00__picture"></script></body></html>`;

/** Serves the live page, its script and what the camera shows. @param {Record<string, Buffer>} pictures @returns {import('vite').Plugin} */
const pictured = (pictures) => ({
  name: 'picture',
  resolveId: (id) => (id === '\0picture' ? id : undefined),
  load: (id) => (id === '\0picture' ? LIVE : undefined),
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      const [, name] = /^\/(\w+)\.png$/.exec(request.url ?? '') ?? [];
      const picture = name === undefined ? undefined : pictures[name];
      if (picture !== undefined) {
        response.setHeader('Content-Type', 'image/png');
        response.end(picture);
      } else if (request.url?.startsWith('/picture?')) {
        server
          .transformIndexHtml('/picture', PAGE)
          .then((html) => {
            response.setHeader('Content-Type', 'text/html');
            response.end(html);
          })
          .catch(next);
      } else next();
    });
  },
});

/** @param {Picture} picture */
function addressOf({ page, story, language, picture = 'entrance', seen = true }) {
  const asked = new URLSearchParams({
    story,
    picture,
    seen: seen ? 'yes' : 'no',
    ...(language && { language }),
  });
  return `${page === 'live' ? 'picture' : 'test/renderer/desk/stories.html'}?${asked}`;
}

/** In the page: faces are marked in full, and the rate is that of a page at work. Pages without faces have nothing to wait for. */
const AT_WORK = `
  !document.querySelector('li[data-verdict]') ||
  ([...document.querySelectorAll('[data-label]')].every(({ style }) => style.opacity === '1') &&
    document.querySelector('[data-label]') !== null &&
    (document.querySelector('footer') === null || /\\b(2[89]|3\\d)\\b/.test(document.querySelector('footer').textContent)))`;

/** Until nothing moves that comes to rest. @param {import('playwright').Page} page */
async function atRest(page) {
  await page.waitForSelector('body[data-ready]', { state: 'attached' });
  await page
    .waitForFunction(AT_WORK, null, { timeout: 20_000 })
    .catch(() => process.stderr.write('the machine is busy, the pictured rate is low\n'));
  await page.evaluate(
    `Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => 0)))`,
  );
}

const executablePath = findBrowser();
if (executablePath === null) throw new Error('no Chromium, Chrome or Edge is installed');
/** @param {string} svg */
const drawn = (svg) => sharp(Buffer.from(svg)).png().toBuffer();
const server = await createServer({
  root,
  configFile: false,
  logLevel: 'error',
  plugins: [
    svelte(),
    pictured({ entrance: await drawn(await scene()), newcomer: await drawn(await scene([NEWCOMER])) }),
  ],
  server: { host: '127.0.0.1', port: 0 },
});
await server.listen();
const browser = await chromium.launch({
  executablePath,
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-quic'],
});
try {
  await mkdir(docs, { recursive: true });
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !PICTURES.some((picture) => picture.name === name));
  if (unknown.length > 0) throw new Error(`there is no picture ${unknown.join(', ')}`);
  for (const picture of PICTURES) {
    const { name, size: [width, height] = [1280, 800], scheme = 'light' } = picture;
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const page = await browser.newPage({
      viewport: { width, height },
      // Larger than any window: none of them fills it.
      screen: { width: 3840, height: 2160 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(180_000);
    page.on('pageerror', (error) => process.stderr.write(`${name}: ${error.message}\n`));
    await page.goto(`${server.resolvedUrls?.local[0]}${addressOf(picture)}`);
    await atRest(page);
    const file = join(docs, `${name}.webp`);
    await sharp(await page.screenshot())
      .webp({ quality: 86, effort: 6, smartSubsample: true })
      .toFile(file);
    process.stderr.write(`wrote ${file}, ${Math.round((await stat(file)).size / 1000)} kB\n`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
