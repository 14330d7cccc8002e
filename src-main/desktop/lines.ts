/**
 * Lines between windows and the app: a page asks through the preload, and gets one end of a channel of its own.
 * Only the top frame of one of our pages is answered. (Electron's security checklist: 17, check the sender.)
 */
import { ipcMain, MessageChannelMain, type MessagePortMain } from 'electron';
import type { ServedPage } from '../app';
import type { Channel } from '../rpc';
import { LINE, OPEN_LINE } from './messages';
import { isOurs } from './permissions';

/**
 * @param serve takes the app's end of each new line
 * @param onRefused told of each message from elsewhere
 */
export function serveLines(
  serve: (channel: Channel, page: ServedPage) => void,
  onRefused: (reason: string) => void,
): void {
  ipcMain.on(OPEN_LINE, (event) => {
    const frame = event.senderFrame;
    if (frame === null || frame.parent !== null || !isOurs(frame.url)) {
      onRefused(`a line for ${frame?.url ?? 'a page that has gone'}`);
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    serve(portChannel(port1), new URL(frame.url).pathname.startsWith('/desk/') ? 'desk' : 'live');
    frame.postMessage(LINE, null, [port2]);
  });
}

function portChannel(port: MessagePortMain): Channel {
  return {
    post: (message) => {
      port.postMessage(message);
    },
    on: (listener) => {
      port.on('message', (event) => {
        listener(event.data);
      });
      port.start();
    },
    onClose: (listener) => {
      port.once('close', listener);
    },
  };
}
