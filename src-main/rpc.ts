/**
 * The two-way calls between main and a page, over anything that can post and receive messages. Main trusts no
 * message: its shape, the function's name and every argument are checked before anything runs, and whatever
 * is wrong comes back as one error. Knows api.ts; knows nothing of sockets, ports or Electron.
 */
import { createBirpc, type BirpcReturn } from 'birpc';
import * as v from 'valibot';
import { mainArguments, type MainFunctions } from './api';

/** A line to one page. */
export interface Channel {
  /** Sends one message; does nothing when the line is closed. */
  post(message: unknown): void;
  /** Hands over each message that arrives, already decoded. */
  on(listener: (message: unknown) => void): void;
  /** Calls back once when the line closes. */
  onClose(listener: () => void): void;
}

/** Functions of main as a host offers them: what may be called, each maybe answering later. */
export type Offered<Functions> = {
  [Name in keyof Functions]: Functions[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Awaited<Result> | Promise<Awaited<Result>>
    : never;
};

const idSchema = v.pipe(v.string(), v.maxLength(64));
/** birpc's messages: q is a question, s the answer to one of ours. */
const messageSchema = v.variant('t', [
  v.object({
    t: v.literal('q'),
    i: v.optional(idSchema),
    m: v.pipe(v.string(), v.maxLength(64)),
    a: v.pipe(v.array(v.unknown()), v.maxLength(8)),
  }),
  v.object({ t: v.literal('s'), i: idSchema, r: v.optional(v.unknown()), e: v.optional(v.unknown()) }),
]);

const errorSchema = v.object({ message: v.pipe(v.string(), v.maxLength(4000)) });

/** An error as it crosses the line: no stack, no cause. */
const plain = (error: unknown): { message: string } => ({
  message: error instanceof Error ? error.message : String(error),
});

/** Milliseconds main waits for a page's answer; finding faces in a large photo takes seconds. */
const PAGE_TIMEOUT = 60_000;

/**
 * A page's functions, and its functions' answers as they come: callers check them, as main checks arguments.
 */
export type Page<PageFunctions extends object> = BirpcReturn<PageFunctions, object>;

/**
 * Serves one page: it may call `functions`, main may call `PageFunctions` through what is returned.
 *
 * @param functions what pages may call, checked against `mainArguments`
 * @param channel the line to the page; its closing rejects what is pending
 * @param onRefused told of each message that was refused, with the reason, for the log
 */
export function serveMain<PageFunctions extends object>(
  functions: Partial<Offered<MainFunctions>>,
  channel: Channel,
  onRefused: (reason: string) => void = () => undefined,
): Page<PageFunctions> {
  return serve<PageFunctions>(functions, mainArguments, channel, onRefused);
}

/** Serves a page that may call nothing: the photos page, which only answers. */
export function servePhotos<PageFunctions extends object>(channel: Channel): Page<PageFunctions> {
  return serve<PageFunctions>({}, {}, channel, () => undefined);
}

function serve<PageFunctions extends object>(
  functions: object,
  argumentSchemas: Record<string, v.GenericSchema>,
  channel: Channel,
  onRefused: (reason: string) => void,
): Page<PageFunctions> {
  const checked = new Map(
    Object.entries(functions).map(([name, run]) => [
      name,
      async (...args: unknown[]): Promise<unknown> => {
        const schema = argumentSchemas[name];
        const result = schema === undefined ? undefined : v.safeParse(schema, args, { abortEarly: true });
        if (result?.success !== true) {
          const issue = result?.issues[0];
          const where = issue === undefined ? '' : ` at ${v.getDotPath(issue) ?? 'arguments'}`;
          const reason = `${name} was called wrongly${where}: ${issue?.message ?? 'no schema'}`.slice(0, 500);
          onRefused(reason);
          throw new Error(reason);
        }
        // The schema has just proved that the arguments are those of the function.
        return (run as (...args: unknown[]) => unknown)(...(result.output as unknown[]));
      },
    ]),
  );

  const page = createBirpc<PageFunctions>(
    {},
    {
      post: (message) => {
        channel.post(message);
      },
      on: (listener) => {
        channel.on((raw) => {
          const message = v.safeParse(messageSchema, raw, { abortEarly: true });
          if (message.success) listener(message.output);
          else onRefused('a message that is neither a call nor an answer');
        });
      },
      serialize: (message: { e?: unknown }) =>
        message.e === undefined ? message : { ...message, e: plain(message.e) },
      deserialize: (message: { e?: unknown }) => {
        if (message.e === undefined || message.e === null) return { ...message, e: undefined };
        const error = v.safeParse(errorSchema, message.e);
        return { ...message, e: new Error(error.success ? error.output.message : 'the page failed') };
      },
      // Never looks at an object's properties, so no inherited name can be called.
      resolver: (name) =>
        checked.get(name) ??
        (() => {
          onRefused('a function that does not exist');
          throw new Error(`there is no function ${JSON.stringify(name)}`);
        }),
      // Named, it is an answer that could not be sent: the page has gone, and that must not stop main.
      // Unnamed, it is the failure of a call of ours, for the caller to handle.
      onGeneralError: (_error, name) => name !== undefined,
      timeout: PAGE_TIMEOUT,
    },
  );
  channel.onClose(() => {
    page.$close(new Error('the page has closed'));
  });
  return page;
}
