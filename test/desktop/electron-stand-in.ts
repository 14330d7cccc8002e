/**
 * A recorded stand-in for the `electron` module, for machines where its program cannot be had: it notes what the
 * host asks of Electron and lets a test play what Electron and a page would do. Channels are real MessageChannels.
 */
import { fork, type Serializable } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { UtilityProcess, WebContents } from 'electron';

/** Every call of interest, in order: name and arguments. */
export const calls: [name: string, ...args: unknown[]][] = [];
/** Handlers that were set, by name. */
export const handlers: Record<string, (...args: never[]) => unknown> = {};

const record =
  (name: string, result?: unknown) =>
  (...args: unknown[]): unknown => {
    calls.push([name, ...args]);
    return result;
  };
const keep =
  (name: string) =>
  (...args: unknown[]): void => {
    calls.push([name]);
    handlers[name] = args.at(-1) as (...args: never[]) => unknown;
  };

let becomeReady: () => void = () => undefined;
const ready = new Promise<void>((resolve) => (becomeReady = resolve));
let exited: (code: number) => void = () => undefined;
/** Settles with the exit code. */
export const exit = new Promise<number>((resolve) => (exited = resolve));
export { becomeReady };

/** Electron's app. */
export const app = Object.assign(new EventEmitter(), {
  commandLine: { appendSwitch: record('appendSwitch') },
  enableSandbox: record('enableSandbox'),
  requestSingleInstanceLock: (): boolean => true,
  whenReady: (): Promise<void> => {
    calls.push(['whenReady']);
    return ready;
  },
  setPath: record('setPath'),
  relaunch: record('relaunch'),
  metrics: [] as { pid: number; memory: { workingSetSize: number } }[],
  getAppMetrics() {
    return this.metrics;
  },
  getLocale: (): string => 'de-AT',
  exit: (code: number): void => {
    exited(code);
  },
});

class StandInSession extends EventEmitter {
  protocol = { handle: keep('protocol.handle') };
  webRequest = { onBeforeRequest: keep('onBeforeRequest') };
  setPermissionRequestHandler = keep('permissionRequest');
  setPermissionCheckHandler = keep('permissionCheck');
  setDevicePermissionHandler = keep('devicePermission');
}
export const session = {
  fromPartition: (name: string): StandInSession => {
    calls.push(['fromPartition', name]);
    return new StandInSession();
  },
};

export const protocol = { registerSchemesAsPrivileged: record('registerSchemesAsPrivileged') };
export const systemPreferences = { askForMediaAccess: record('askForMediaAccess', Promise.resolve(true)) };
export const ipcMain = new EventEmitter();

export class StandInContents extends EventEmitter {
  setWindowOpenHandler = keep('windowOpen');
  getOSProcessId = (): number => 4711;
  getURL = (): string => 'maskwatch://app/desk/#statistics';
  forcefullyCrashRenderer = record('forcefullyCrashRenderer');
  get asContents(): WebContents {
    return this as unknown as WebContents;
  }
}
/** The screens there are. */
export const screens = [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }];
export const screen = { getAllDisplays: () => screens, getDisplayMatching: () => screens[0] };

/** What a tray was told, newest last. */
export class Tray extends EventEmitter {
  setToolTip = record('tray.setToolTip');
  setContextMenu = record('tray.setContextMenu');
  setImage = record('tray.setImage');
  destroy = record('tray.destroy');
  isDestroyed = (): boolean => false;
}
export const Menu = {
  buildFromTemplate: (template: unknown): unknown => template,
  setApplicationMenu: record('setApplicationMenu'),
};
export const nativeImage = {
  createEmpty: () => {
    const representations: unknown[] = [];
    return { representations, addRepresentation: (one: unknown) => representations.push(one) };
  },
};

export const windows: BrowserWindow[] = [];
export class BrowserWindow extends EventEmitter {
  webContents = new StandInContents();
  show = record('show');
  focus = record('focus');
  restore = record('restore');
  isMinimized = (): boolean => false;
  isMaximized = (): boolean => false;
  minimize = record('minimize');
  setKiosk = record('setKiosk');
  fullScreen = false;
  isFullScreen = (): boolean => this.fullScreen;
  setFullScreen = (on: boolean): void => {
    this.fullScreen = on;
  };
  static focused: BrowserWindow | null = null;
  static getFocusedWindow = (): BrowserWindow | null => BrowserWindow.focused;
  bounds = { x: 100, y: 100, width: 1280, height: 860 };
  getBounds = () => this.bounds;
  setBounds = (bounds: typeof this.bounds): void => {
    calls.push(['setBounds', bounds]);
    this.bounds = bounds;
  };
  setAlwaysOnTop = record('setAlwaysOnTop');
  close = (): boolean => this.emit('closed');
  constructor(readonly options: unknown) {
    super();
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(address: string): Promise<void> {
    calls.push(['loadURL', address]);
    this.emit('ready-to-show');
    return Promise.resolve();
  }
}

/** Electron's ports give events, Node's give the data itself. */
class StandInPort extends EventEmitter {
  constructor(readonly port: MessagePort) {
    super();
    port.on('close', () => this.emit('close'));
  }
  start(): void {
    this.port.on('message', (data) => this.emit('message', { data, ports: [] }));
  }
  postMessage(message: unknown): void {
    this.port.postMessage(message);
  }
}
export class MessageChannelMain {
  port1: StandInPort;
  /** The page's end, as a real port. */
  port2: MessagePort;
  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port1 = new StandInPort(port1);
    this.port2 = port2;
  }
}

/** What a utility process has instead of Node's line to its parent. */
const PARENT_PORT = `process.parentPort = {
  postMessage: (message) => process.send(message),
  on: (name, listener) => process.on(name, (data) => listener({ data })),
};`;
export const utilityProcess = {
  fork: (path: string, args: string[], options: { serviceName: string }): UtilityProcess => {
    calls.push(['utilityProcess.fork', options.serviceName]);
    const child = fork(path, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(PARENT_PORT)}`],
    });
    return Object.assign(child, {
      postMessage: (message: Serializable) => child.send(message),
    }) as unknown as UtilityProcess;
  },
};

export const contextBridge = { exposeInMainWorld: record('exposeInMainWorld') };
export const ipcRenderer = Object.assign(new EventEmitter(), { send: record('send') });
