// @ts-check
/**
 * Writes the pictures of the documentation: `npm run screenshots`. The live page is the real one, over a drawn
 * entrance (scene.mjs) and with verdicts set by hand; no photograph of anybody is in them.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { createServer } from 'vite';
import { findBrowser } from '../../../src-main/setup/find-browser.mjs';
import { scene, VISITORS } from './scene.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const docs = join(root, 'docs');

/** What is pictured: the file's name, the page's size and the system's colour scheme. */
const PICTURES = /** @type {const} */ ([
  { name: 'live', width: 1280, height: 800, scheme: 'light' },
  { name: 'live-dark', width: 1280, height: 800, scheme: 'dark' },
]);

/** The page's script: the real live page, with camera, watcher and main stood in for. */
const SCRIPT = `
  import { mount } from 'svelte';
  import '/src-renderer/theme.css';
  import Live from '/src-renderer/live/Live.svelte';
  import { DrawnMedia, stageSession } from '/test/renderer/live/stage-hands.ts';
  const image = new Image();
  image.src = '/entrance.png';
  await image.decode();
  const media = new DrawnMedia();
  media.stream = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    const draw = () => context.drawImage(image, 0, 0);
    draw();
    setInterval(draw, 33);
    return canvas.captureStream(30);
  };
  const people = ${JSON.stringify(VISITORS)};
  const counts = { correct: 214, incorrect: 31, none: 12 };
  const { session } = stageSession({ media, counts, people: () => people });
  mount(Live, { target: document.querySelector('#page'), props: { session } });
`;
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" /></head>
  <body><div id="page"></div><script type="module" src="/@id/__x00__picture"></script></body></html>`;

/** Serves the page, its script and the scene. @param {Buffer} entrance @returns {import('vite').Plugin} */
const pictured = (entrance) => ({
  name: 'picture',
  resolveId: (id) => (id === '\0picture' ? id : undefined),
  load: (id) => (id === '\0picture' ? SCRIPT : undefined),
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      if (request.url === '/entrance.png') {
        response.setHeader('Content-Type', 'image/png');
        response.end(entrance);
      } else if (request.url === '/picture') {
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

const executablePath = findBrowser();
if (executablePath === null) throw new Error('no Chromium, Chrome or Edge is installed');
const entrance = await sharp(Buffer.from(await scene()))
  .png()
  .toBuffer();
const server = await createServer({
  root,
  configFile: false,
  logLevel: 'error',
  plugins: [svelte(), pictured(entrance)],
  server: { host: '127.0.0.1', port: 0 },
});
await server.listen();
const browser = await chromium.launch({
  executablePath,
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-quic'],
});
try {
  await mkdir(docs, { recursive: true });
  const address = server.resolvedUrls?.local[0];
  for (const { name, width, height, scheme } of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    page.setDefaultTimeout(180_000);
    await page.goto(`${address}picture`);
    await page
      .locator('li[data-verdict]')
      .nth(VISITORS.length - 1)
      .waitFor({ state: 'attached' });
    // The status line has its first rates, the banner its word and the boxes their place.
    await page
      .getByText(/\d+ looks?\/s|\d+ (frames|pictures)\/s|\/s/)
      .first()
      .waitFor();
    // The first second is that of the start, on a busy machine longer: the pictured rate is that of a page at work.
    await page
      .waitForFunction(
        `/ 2[89] frames| 3\\d frames/.test(document.querySelector('footer').textContent)`,
        null,
        {
          timeout: 30_000,
        },
      )
      .catch(() => process.stderr.write(`${name}: the machine is busy, the pictured rate is low\n`));
    await page.evaluate('Promise.all(document.getAnimations().map((a) => a.finished.catch(() => 0)))');
    const file = join(docs, `${name}.png`);
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 92, effort: 10 })
      .toFile(file);
    process.stderr.write(`wrote ${file}\n`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
