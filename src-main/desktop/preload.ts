/**
 * All that a page in Electron has beyond the web: it may ask for its line to main. The line is a MessagePort that
 * arrives as a window message (see src-renderer/connection.ts); ipcRenderer itself stays in here.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { LINE, OPEN_LINE } from './messages';

declare const window: {
  postMessage(message: string, targetOrigin: string, transfer: readonly object[]): void;
};

contextBridge.exposeInMainWorld('maskwatchDesktop', {
  openLine: (): void => {
    ipcRenderer.send(OPEN_LINE);
  },
});

ipcRenderer.on(LINE, (event) => {
  // To this very window, which main has checked to be ours; a port can be handed over in no other way.
  window.postMessage('maskwatch-line', '*', event.ports);
});
