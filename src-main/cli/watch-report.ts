/**
 * What a watch tells the terminal: a line per verdict, the summary at its end (as JSON or for people, on
 * stdout), and meanwhile rates and whatever happens (on stderr). The same under both hosts.
 */
import type { App } from '../app';
import { print, printJson, say } from './output';

/** Seconds between two lines of rates where they cannot be written over each other. */
const LINE_EVERY = 10;
/** Seconds in which the same message is not told again. */
const ONCE_IN = 60;

export class Report {
  #looks = 0;
  #seconds = 0;
  #isLineOpen = false;
  readonly #told = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly app: App,
    private readonly json: boolean,
  ) {
    app.on('verdict', (event) => {
      if (json) printJson(event);
      else {
        this.#closeLine();
        const sure = (100 * event.probabilities[event.verdict]).toFixed(0);
        const before = event.before === null ? '' : `, was ${event.before}`;
        print(
          `${event.seconds.toFixed(1)} s  face ${String(event.track)}: ${event.verdict} (${sure} %)${before}`,
        );
      }
    });
    app.on('camera', ({ state, message, label }) => {
      const { kind, name } = app.status.source;
      const running = kind === 'camera' ? `camera: ${label}` : `playing ${name} as the camera`;
      this.say(state === 'running' ? running : `camera ${state}: ${message}`);
    });
    app.on('fault', (message) => {
      this.say(message);
    });
    app.on('look', () => this.#looks++);
    this.#timer = setInterval(() => {
      this.#rates();
    }, 1000);
  }

  /** Tells something once, however often it happens. */
  say(message: string): void {
    if (this.#seconds - (this.#told.get(message) ?? -Infinity) < ONCE_IN) return;
    if (this.#told.size > 1000) this.#told.clear();
    this.#told.set(message, this.#seconds);
    this.#closeLine();
    say(message);
  }

  /** Prints the summary and says no more. */
  end(): void {
    clearInterval(this.#timer);
    this.#closeLine();
    const summary = this.app.summary();
    if (this.json) {
      printJson(summary);
      return;
    }
    const { verdicts, latencyMs, film } = summary;
    const latency =
      latencyMs === null
        ? 'nothing was drawn'
        : `${String(latencyMs.p50)} ms p50, ${String(latencyMs.p95)} ms p95`;
    print(
      `frames looked at   ${String(summary.frames)} in ${String(summary.seconds)} s (${String(summary.fps)}/s)`,
    );
    if (film)
      print(`of the film        ${film.seconds.toFixed(1)} s, ${film.speed.toFixed(2)} s of it a second`);
    print(`camera frames      ${String(summary.cameraFrames)} (${String(summary.cameraFps)}/s)`);
    print(`faces              ${String(summary.faces)}`);
    print(
      `verdicts           ${Object.entries(verdicts)
        .map(([verdict, n]) => `${verdict} ${String(n)}`)
        .join(', ')}`,
    );
    print(`picture to verdict ${latency}`);
    print(`classified by      ${summary.model} on ${summary.provider}`);
  }

  #rates(): void {
    this.#seconds++;
    const looks = this.#looks;
    const isTerminal = process.stderr.isTTY;
    if (!isTerminal && this.#seconds % LINE_EVERY !== 0) return;
    this.#looks = 0;
    const { verdicts, latencyMs, faces } = this.app.summary();
    const rate = (looks / (isTerminal ? 1 : LINE_EVERY)).toFixed(isTerminal ? 0 : 1);
    const behind = latencyMs === null ? '' : `, verdicts ${String(latencyMs.p95)} ms old (p95)`;
    const line = `${rate} looks/s, ${String(faces)} faces: ${String(verdicts.correct)} correct, ${String(verdicts.incorrect)} incorrect, ${String(verdicts.none)} none${behind}`;
    if (isTerminal) {
      process.stderr.write(`\r\u001b[K${line}`);
      this.#isLineOpen = true;
    } else say(line);
  }

  #closeLine(): void {
    if (this.#isLineOpen) process.stderr.write('\n');
    this.#isLineOpen = false;
  }
}
