/**
 * The pages' own scheme: files of out/renderer under maskwatch://app/, with the same headers as in the browser
 * host, and nothing else. Better than file://, which could read any file of the machine.
 * (Electron's security checklist: 18, avoid the file:// protocol; 7, define a Content-Security-Policy.)
 */
import { readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { protocol, type Session } from 'electron';
import { pageHeaders, pagesFolder, type ShownPage } from '../pages';

const SCHEME = 'maskwatch';
/** What all our pages come from. */
export const ORIGIN = `${SCHEME}://app`;

export const pageAddress = (page: ShownPage): string => `${ORIGIN}/${page}/`;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** Makes the scheme a web origin like https; must be called before the app is ready. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }]);
}

/** Serves the pages to a session. */
export function servePages(session: Session, folder = pagesFolder()): void {
  session.protocol.handle(SCHEME, (request) => respond(request, folder));
}

/** The answer to one request: a file of the folder, or 403, or 404. */
export async function respond(request: Request, folder: string): Promise<Response> {
  const refuse = (status: number): Response => new Response(null, { status, headers: pageHeaders() });
  let path: string;
  try {
    const url = new URL(request.url);
    if (url.host !== 'app' || request.method !== 'GET') return refuse(403);
    path = decodeURIComponent(url.pathname);
  } catch {
    return refuse(403);
  }
  if (path.endsWith('/')) path += 'index.html';
  const file = resolve(join(folder, path));
  if (path.includes('\0') || !file.startsWith(resolve(folder) + sep)) return refuse(403);
  try {
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    return new Response(new Uint8Array(await readFile(file)), {
      headers: { ...pageHeaders(), 'Content-Type': type },
    });
  } catch {
    return refuse(404);
  }
}
