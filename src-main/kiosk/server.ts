/**
 * The browser host's server: the pages and one WebSocket line a page, on 127.0.0.1 only. Whoever comes must
 * have the token (in the address, then in a cookie), name us as the host, and, for the line, come from our own
 * origin; so neither another site in the same browser nor another user of the machine gets in.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import sirv from 'sirv';
import { WebSocketServer } from 'ws';
import { isPageName, pageHeaders, pagesFolder, type PageName, type ShownPage } from '../pages';
import type { Channel } from '../rpc';
import { isOwnUser } from './peer';
import { socketChannel } from './socket';

/** Bytes in one message from a page: 64 faces' crops at the largest input, or a photo's, with room. */
const MAX_MESSAGE = 64 * 1024 * 1024;

/** Tickets that wait for their browser: the rest page's, the live page's, and those of starts that failed just before. */
const MOST_TICKETS = 8;

export interface ServerOptions {
  /** 0 takes any free port. */
  port?: number;
  /** Hexadecimal; by default a new random one. */
  token?: string;
  /** Folder to serve; by default out/renderer. */
  folder?: string;
  /** Told of each page that opens its line. */
  onPage: (page: PageName, channel: Channel) => void;
  /** Told of each request that was refused, with the reason. */
  onRefused?: (reason: string) => void;
}

export interface KioskServer {
  port: number;
  token: string;
  /** Scheme, host and port; what camera permission is given to. */
  origin: string;
  /** The address that opens a page, with the token: for the user's eyes. */
  address(page: PageName): string;
  /**
   * An address that opens a page once, for a browser's command line: that can be read by every user of the
   * machine, so it must not hold the token, and on Linux is of use to our own user alone.
   */
  ticket(page: ShownPage): string;
  close(): Promise<void>;
}

export const newToken = (): string => randomBytes(24).toString('hex');

function sameToken(given: string | null | undefined, token: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Starts serving.
 * @throws Error naming the port when it is taken
 */
export async function startServer(options: ServerOptions): Promise<KioskServer> {
  const { token = newToken(), onRefused = () => undefined } = options;
  const files = sirv(options.folder ?? pagesFolder(), { etag: true });
  let host = '';
  let cookieName = '';
  let headers: Record<string, string> = {};
  /** Not used yet; a browser that failed leaves its own. */
  const tickets = new Set<string>();

  /** Whether a request has a ticket, which is then used. One who read it in the process list may be quicker than the browser. */
  function takesTicket({ socket }: IncomingMessage, url: URL | null): boolean {
    const ticket = url?.searchParams.get('ticket') ?? '';
    if (!tickets.has(ticket)) return false;
    if (isOwnUser(socket.remotePort ?? 0, socket.localPort ?? 0) !== false) return tickets.delete(ticket);
    onRefused('a ticket in the hands of another user of this machine');
    return false;
  }

  /** The reason to refuse a request, or null. */
  function refusal(request: IncomingMessage, url: URL | null): string | null {
    if (url === null) return 'an address that cannot be read';
    if (request.headers.host !== host) return `a request for host ${request.headers.host ?? 'unknown'}`;
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== `http://${host}`) return `a request from ${origin}`;
    const cookies = (request.headers.cookie ?? '').split(/; */);
    const cookie = cookies.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
    if (sameToken(url.searchParams.get('token'), token) || sameToken(cookie, token)) return null;
    return 'a request without the token';
  }

  function serveFile(request: IncomingMessage, response: ServerResponse): void {
    const url = parse(request);
    const isTicket = takesTicket(request, url);
    if (isTicket) url?.searchParams.set('token', token);
    const reason = refusal(request, url) ?? methodRefusal(request);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (reason !== null || url === null) {
      onRefused(reason ?? '');
      response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('maskwatch refuses this request. Open the address it printed, with its token.\n');
      return;
    }
    if (url.searchParams.has('token')) {
      response.setHeader('Set-Cookie', `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/`);
    }
    if (isTicket) {
      response.writeHead(302, { Location: url.pathname });
      response.end();
      return;
    }
    files(request, response, () => {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('there is no such page\n');
    });
  }

  const lines = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });

  function openLine(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const url = parse(request);
    const page = url?.searchParams.get('page');
    let reason = refusal(request, url);
    if (reason === null && request.headers.origin === undefined) reason = 'a line without an origin';
    if (reason === null && (url?.pathname !== '/rpc' || !isPageName(page))) reason = 'a line to no page';
    if (reason !== null || !isPageName(page)) {
      onRefused(reason ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    lines.handleUpgrade(request, socket, head, (line) => {
      options.onPage(page, socketChannel(line, onRefused));
    });
  }

  const server = createServer(serveFile);
  server.on('upgrade', openLine);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const port = String(options.port);
      reject(
        taken ? new Error(`port ${port} is taken: choose another with --port`, { cause: error }) : error,
      );
    });
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  host = `127.0.0.1:${String(port)}`;
  // Browsers share cookies between the ports of a host.
  cookieName = `maskwatch-${String(port)}`;
  headers = pageHeaders([`ws://${host}`]);

  return {
    port,
    token,
    origin: `http://${host}`,
    address: (page) => `http://${host}/${page}/?token=${token}`,
    ticket: (page) => {
      const ticket = newToken();
      for (const old of tickets) if (tickets.size >= MOST_TICKETS) tickets.delete(old);
      tickets.add(ticket);
      return `http://${host}/${page}/?ticket=${ticket}`;
    },
    async close() {
      for (const line of lines.clients) line.terminate();
      lines.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function methodRefusal(request: IncomingMessage): string | null {
  return request.method === 'GET' || request.method === 'HEAD' ? null : `a ${request.method ?? ''} request`;
}

function parse(request: IncomingMessage): URL | null {
  try {
    // A fixed base: the Host header is checked, never believed. An address like `//evil` stays a path.
    return new URL(`http://127.0.0.1${request.url?.startsWith('/') === true ? request.url : '/'}`);
  } catch {
    return null;
  }
}
