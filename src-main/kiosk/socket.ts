/** A WebSocket as a channel: MessagePack both ways, without MessagePack's own types for code, dates and errors. */
import { Packr } from 'msgpackr';
import type { WebSocket } from 'ws';
import type { Channel } from '../rpc';

/** Plain objects, arrays, strings, numbers and bytes; the renderer's connection.ts packs alike. */
const packr = new Packr({ useRecords: false, moreTypes: false, structuredClone: false });

/** WebSocket's close code for data that is not what it should be. */
const BAD_DATA = 1007;

/**
 * @param socket an open socket
 * @param onRefused told when something arrives that is not MessagePack; the line is then closed
 */
export function socketChannel(socket: WebSocket, onRefused: (reason: string) => void): Channel {
  // Errors end in `close`, which is what matters; without a listener they would end the process.
  socket.on('error', (error) => {
    onRefused(`a broken line: ${error.message}`);
  });
  return {
    post: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(packr.pack(message));
    },
    on: (listener) => {
      socket.on('message', (data, isBinary) => {
        let message: unknown;
        try {
          if (!isBinary || !Buffer.isBuffer(data)) throw new Error('text');
          message = packr.unpack(data);
        } catch {
          onRefused('a message that is not MessagePack');
          socket.close(BAD_DATA, 'not a MessagePack message');
          return;
        }
        listener(message);
      });
    },
    onClose: (listener) => {
      socket.once('close', listener);
    },
  };
}
