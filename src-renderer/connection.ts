/**
 * The page's line to main: a WebSocket in the browser host, a MessagePort in Electron. When main goes away the
 * line is tried again until it is back, and whoever asked is told, so a page outlives its main process.
 * Knows the contract (api.ts) and the browser; knows nothing of any page.
 */
import { createBirpc } from 'birpc';
import { Packr } from 'msgpackr';
import type { MainFunctions, WatchFunctions } from '../src-main/api';

/** `open`: main can be called. `closed`: it cannot, and the line is being tried again. */
export type ConnectionState = 'open' | 'closed';

/** Main's functions as the page calls them; a call while the line is closed is refused at once. */
export type Main = {
  [Name in keyof MainFunctions]: (
    ...args: Parameters<MainFunctions[Name]>
  ) => Promise<Awaited<ReturnType<MainFunctions[Name]>>>;
};

/** What of it the live page needs. */
export type WatchMain = Pick<Main, keyof WatchFunctions>;

export interface Connection<Functions = Main> {
  main: Functions;
  /** Told of each change; at once of the present state. @returns stops the telling */
  onState(listener: (state: ConnectionState) => void): () => void;
  /** Ends the line for good. */
  close(): void;
}

/** A line that is open: what connection.ts needs of a WebSocket or a MessagePort. */
interface Line {
  post(message: unknown): void;
  onMessage: (message: unknown) => void;
  onClosed: () => void;
  close(): void;
}

/** What Electron's preload puts on the window; see src-main/desktop/preload.ts. */
declare global {
  interface Window {
    maskwatchDesktop?: { openLine(): void };
  }
}

/** Milliseconds between tries: doubling from the first to the longest. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;
/** Milliseconds to wait for an answer of main; providers are timed at start, which may take seconds. */
const ANSWER_TIMEOUT = 60_000;

const packr = new Packr({ useRecords: false, moreTypes: false, structuredClone: false });

/** Opens a WebSocket to the host that served the page; it carries MessagePack. */
function openSocket(): Promise<Line> {
  const address = new URL('rpc', location.origin);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('page', location.pathname.split('/').at(-2) ?? '');
  const token = new URL(location.href).searchParams.get('token');
  if (token !== null) address.searchParams.set('token', token);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    const line: Line = {
      post: (message) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(packr.pack(message));
      },
      onMessage: () => undefined,
      onClosed: () => undefined,
      close: () => {
        socket.close();
      },
    };
    socket.addEventListener('open', () => {
      resolve(line);
    });
    socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
      line.onMessage(packr.unpack(new Uint8Array(event.data)));
    });
    socket.addEventListener('close', () => {
      line.onClosed();
      reject(new Error('maskwatch did not answer'));
    });
  });
}

/** Asks the preload for a MessagePort to main; it arrives as a window message from the page itself. */
function openPort(desktop: { openLine(): void }): Promise<Line> {
  return new Promise((resolve) => {
    const take = (event: MessageEvent<unknown>): void => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== 'maskwatch-line' || port === undefined) return;
      window.removeEventListener('message', take);
      const line: Line = {
        post: (message) => {
          port.postMessage(message);
        },
        onMessage: () => undefined,
        onClosed: () => undefined,
        close: () => {
          port.close();
        },
      };
      port.addEventListener('message', (message: MessageEvent<unknown>) => {
        line.onMessage(message.data);
      });
      port.addEventListener('close', () => {
        line.onClosed();
      });
      port.start();
      resolve(line);
    };
    window.addEventListener('message', take);
    desktop.openLine();
  });
}

/**
 * Connects the page to main and keeps it connected.
 *
 * @param functions what main may call on this page
 */
export function connect<PageFunctions extends object>(functions: PageFunctions): Connection {
  const listeners = new Set<(state: ConnectionState) => void>();
  let line: Line | null = null;
  let state: ConnectionState = 'closed';
  let ended = false;
  let wait = FIRST_WAIT;
  let deliver: (message: unknown) => void = () => undefined;

  const rpc = createBirpc<MainFunctions, PageFunctions>(functions, {
    post: (message) => {
      if (line === null) throw new Error('maskwatch is not running');
      line.post(message);
    },
    on: (listener) => {
      deliver = listener;
    },
    // Errors cross as their message; here they become errors again.
    serialize: (message: { e?: unknown }) =>
      message.e === undefined
        ? message
        : { ...message, e: { message: message.e instanceof Error ? message.e.message : String(message.e) } },
    deserialize: (message: { e?: { message: string } | null }) =>
      message.e ? { ...message, e: new Error(message.e.message) } : message,
    timeout: ANSWER_TIMEOUT,
  });

  const become = (next: ConnectionState): void => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener(next);
  };

  const lost = (): void => {
    line = null;
    rpc.$rejectPendingCalls(({ reject }) => {
      reject(new Error('maskwatch stopped before it answered'));
    });
    become('closed');
    if (!ended) setTimeout(() => void open(), wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };

  const open = async (): Promise<void> => {
    try {
      const desktop = window.maskwatchDesktop;
      const opened = await (desktop === undefined ? openSocket() : openPort(desktop));
      if (ended) {
        opened.close();
        return;
      }
      opened.onMessage = (message) => {
        deliver(message);
      };
      opened.onClosed = lost;
      line = opened;
      wait = FIRST_WAIT;
      become('open');
    } catch {
      lost();
    }
  };
  void open();

  return {
    main: rpc,
    onState(listener) {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
    close() {
      ended = true;
      line?.close();
      rpc.$close();
    },
  };
}
