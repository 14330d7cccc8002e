/** Main over a real MessageChannel: what it answers, and that nothing a page sends can hurt it. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  mainArguments,
  type Frame,
  type LivePageFunctions,
  type Look,
  type WatchFunctions,
} from '../src-main/api';
import { serveMain, type Channel, type Offered, type Page } from '../src-main/rpc';

const frame: Frame = {
  id: 7,
  time: 1000.5,
  width: 640,
  height: 480,
  regions: [[0, 0, 640, 480]],
  faces: [{ box: [10, 20, 30, 40], score: 0.9 }],
  crops: new Uint8Array(12),
};

function channelOver(port: MessagePort): Channel {
  return {
    post: (message) => {
      port.postMessage(message);
    },
    on: (listener) => {
      port.on('message', listener);
    },
    onClose: (listener) => {
      port.on('close', listener);
    },
  };
}

let calls: [string, unknown[]][];
let refused: string[];
let pagePort: MessagePort;
let page: Page<LivePageFunctions>;

const note =
  (name: string, result?: unknown) =>
  (...args: unknown[]) => {
    calls.push([name, args]);
    return result as never;
  };

beforeEach(() => {
  calls = [];
  refused = [];
  const { port1, port2 } = new MessageChannel();
  pagePort = port2;
  const functions: Offered<WatchFunctions> = {
    hello: note('hello', { settings: 1 }),
    look: (given) => {
      calls.push(['look', [given]]);
      return { id: given.id, tracks: [], counts: { correct: 0, incorrect: 0, none: 0 } };
    },
    sampled: note('sampled'),
    cameraChanged: note('cameraChanged'),
    measured: () => {
      throw new Error('the disk is full');
    },
    changeSettings: note('changeSettings'),
    fault: note('fault'),
    windowPlaced: note('windowPlaced'),
    orderWindow: note('orderWindow'),
    film: note('film'),
    filmEnded: note('filmEnded'),
  };
  page = serveMain<LivePageFunctions>(functions, channelOver(port1), (reason) => refused.push(reason));
});

afterEach(() => {
  pagePort.close();
});

interface Answer {
  t: string;
  i: string;
  r?: unknown;
  e?: { message: string };
}

/** Sends a question as a page would and waits for its answer. */
function ask(m: unknown, a: unknown, i: unknown = 'x'): Promise<Answer> {
  return new Promise((resolve) => {
    pagePort.once('message', resolve);
    pagePort.postMessage({ t: 'q', i, m, a });
  });
}

describe('a page that behaves', () => {
  it('gets the answer of the function it called', async () => {
    const answer = await ask('look', [frame]);
    expect((answer.r as Look).id).toBe(7);
    expect(calls).toEqual([['look', [frame]]]);
  });

  it('is told what went wrong in one sentence, without a stack', async () => {
    const measured = { cameraFrames: 1, frames: 1, seconds: 1, ages: [], detectMs: [] };
    expect(await ask('measured', [measured])).toEqual({
      t: 's',
      i: 'x',
      e: { message: 'the disk is full' },
    });
  });

  it('can be called by main, and its errors arrive as errors', async () => {
    pagePort.on('message', (question: { i: string }) => {
      pagePort.postMessage({ t: 's', i: question.i, e: { message: 'no such setting' } });
    });
    await expect(page.settingsChanged({} as never)).rejects.toThrow('no such setting');
  });
});

describe('a page that has gone', () => {
  it('rejects what main is waiting for, and later answers to it do not stop main', async () => {
    const waiting = page.settingsChanged({} as never);
    pagePort.close();
    await expect(waiting).rejects.toThrow('the page has closed');
    await expect(page.settingsChanged({} as never)).rejects.toThrow('closed');
  });
});

describe('a hostile page', () => {
  it.each(['nothing', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', '$close', ''])(
    'cannot call %j',
    async (name) => {
      expect((await ask(name, [])).e?.message).toBe(`there is no function ${JSON.stringify(name)}`);
      expect(refused).toHaveLength(1);
    },
  );

  it.each([
    ['look', []],
    ['look', [frame, frame]],
    ['look', [{ ...frame, extra: 1 }]],
    ['look', [{ ...frame, width: 1e9 }]],
    ['look', [{ ...frame, crops: [1, 2, 3] }]],
    ['look', [{ ...frame, faces: [{ box: [0, 0, -1, 1], score: 0.5 }] }]],
    ['look', [{ ...frame, faces: Array<unknown>(65).fill(frame.faces[0]) }]],
    ['look', [{ ...frame, time: NaN }]],
    ['fault', [{ where: 'x'.repeat(513), message: '' }]],
    ['changeSettings', [{ provider: 'rm -rf' }]],
    ['changeSettings', [{ version: 2 }]],
    ['changeSettings', [JSON.parse('{"__proto__": {"mirror": true}}')]],
  ])('cannot call %s with %j', async (name, args) => {
    expect((await ask(name, args)).e?.message).toMatch(new RegExp(`^${name} was called wrongly`));
    expect(calls).toEqual([]);
    expect(refused).toHaveLength(1);
  });

  it('gets through thousands of random messages nothing but refusals, and main still answers', async () => {
    const crossable = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    const names = fc.oneof(fc.constantFrom(...Object.keys(mainArguments)), fc.string(), crossable);
    const message = fc.oneof(
      crossable,
      fc.record({
        t: fc.constantFrom('q', 's', 'x'),
        i: fc.oneof(fc.string(), crossable),
        m: names,
        a: crossable,
      }),
      fc.record({ t: fc.constant('q'), i: fc.string(), m: names, a: fc.array(crossable) }),
      fc.record({ t: fc.constant('s'), i: fc.string(), r: crossable, e: crossable }),
    );
    let sent = 0;
    fc.assert(
      fc.property(message, (hostile) => {
        try {
          pagePort.postMessage(hostile);
          sent++;
        } catch {
          // Not everything can be cloned, so a page could not send it either.
        }
      }),
      { numRuns: 5000 },
    );
    expect(sent).toBeGreaterThan(3000);
    const answer = await new Promise<Answer>((resolve) => {
      pagePort.on('message', (got: Answer) => {
        if (got.i === 'last') resolve(got);
      });
      pagePort.postMessage({ t: 'q', i: 'last', m: 'look', a: [frame] });
    });
    expect((answer.r as Look).id).toBe(7);
    // These of nothing, and a change of no setting, are calls a page may make.
    const may = ['hello', 'film', 'filmEnded'];
    const harmful = calls.filter(([name, args]) => !may.includes(name) && JSON.stringify(args) !== '[{}]');
    expect(harmful).toEqual([['look', [frame]]]);
  });
});
