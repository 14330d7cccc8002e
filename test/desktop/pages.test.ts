/** The desktop's own scheme and its preload. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LINE, OPEN_LINE } from '../../src-main/desktop/messages';
import { respond } from '../../src-main/desktop/protocol';
import * as electron from './electron-stand-in';

vi.mock('electron', () => import('./electron-stand-in'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-pages-'));
  await mkdir(join(folder, 'pages', 'live'), { recursive: true });
  await writeFile(join(folder, 'pages', 'live', 'index.html'), 'the live page');
  await writeFile(join(folder, 'pages', 'a.wasm'), 'wasm');
  await writeFile(join(folder, 'pages-secret'), 'secret');
  await symlink(join(folder, 'pages-secret'), join(folder, 'pages', 'link'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const get = (url: string, method = 'GET'): Promise<Response> =>
  respond(new Request(url, { method }), join(folder, 'pages'));

describe('our scheme', () => {
  it('serves the pages with their policy and types', async () => {
    const page = await get('maskwatch://app/live/');
    expect(await page.text()).toBe('the live page');
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('Content-Security-Policy')).toContain(
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    );
    expect((await get('maskwatch://app/a.wasm')).headers.get('Content-Type')).toBe('application/wasm');
  });

  it.each([
    ['another host', 'maskwatch://evil/live/', 403],
    ['a file that is not there', 'maskwatch://app/none', 404],
    ['a folder', 'maskwatch://app/live', 404],
    ['a path out of the folder', 'maskwatch://app/..%2fpages-secret', 403],
    ['a path into a folder whose name begins alike', 'maskwatch://app/..%2Fpages-secret', 403],
    ['a path with backslashes', 'maskwatch://app/..%5c..%5cpages-secret', 404],
    ['a broken escape', 'maskwatch://app/%ff', 403],
    ['a null byte', 'maskwatch://app/live/index.html%00', 403],
  ])('refuses %s', async (_what, url, status) => {
    const answer = await get(url);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe('');
  });

  it('refuses to be written to', async () => {
    expect((await get('maskwatch://app/live/', 'POST')).status).toBe(403);
  });
});

it('a page gets one function from the preload, and its line as a window message', async () => {
  const postMessage = vi.fn();
  vi.stubGlobal('window', { postMessage });
  await import('../../src-main/desktop/preload');
  const [, name, api] = electron.calls.find(([called]) => called === 'exposeInMainWorld')! as [
    string,
    string,
    Record<string, () => void>,
  ];
  expect(name).toBe('maskwatchDesktop');
  expect(Object.keys(api)).toEqual(['openLine']);
  api['openLine']!();
  expect(electron.calls.at(-1)).toEqual(['send', OPEN_LINE]);
  const port = {};
  electron.ipcRenderer.emit(LINE, { ports: [port] });
  expect(postMessage).toHaveBeenCalledWith('maskwatch-line', '*', [port]);
  vi.unstubAllGlobals();
});
