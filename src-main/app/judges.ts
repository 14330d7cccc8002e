/**
 * What judges in an app: the model, and the way of looking. They change one after the other, and each is opened before it
 * takes the place of the one before, so that what does not work changes nothing.
 */
import { dirname, join } from 'node:path';
import type { Settings, SettingsPatch } from '../api';
import { Detector } from '../detect/detector';
import { LiveModel } from '../live';
import { ProviderFaults } from '../store/provider-faults';
import type { Registry } from '../store/registry';
import { Pipeline } from '../watch/pipeline';
import type { AppOptions } from './options';

export interface JudgesEvents {
  /** Another provider, or another model, judges. */
  onChange: (isOtherModel: boolean) => void;
  /** Another way of looking is taken. */
  onPipeline: () => void;
  /** Something that people should know, in a sentence. */
  onNotice: (message: string) => void;
  /** Something went wrong and was survived. */
  onFault: (message: string) => void;
}

export class Judges {
  /** Changes, one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly options: AppOptions,
    private readonly events: JudgesEvents,
    readonly student: LiveModel,
    private now: Pipeline,
  ) {}

  /** @throws Error in one sentence when the model, or what the command line asks for, cannot be used */
  static async open(options: AppOptions, registry: Registry, events: JudgesEvents): Promise<Judges> {
    const { overrides, settings, others, pinned } = options;
    const student = await LiveModel.open({
      registry,
      others: others ?? [],
      pinned: pinned ?? null,
      provider: overrides.provider ?? settings.current.provider,
      memory: new ProviderFaults(join(dirname(settings.path), 'providers.json')),
      onChange: events.onChange,
      onNotice: events.onNotice,
    });
    try {
      return new Judges(options, events, student, await firstPipeline(options, events.onNotice));
    } catch (error) {
      await student.close();
      throw error;
    }
  }

  /** Opens the one-shot detector for whoever looks beside the watch; null where there is none. */
  get detector(): (() => Promise<Detector>) | null {
    const { detector } = this.options;
    return detector ? () => Detector.open(detector.model, { ...detector, threads: 1, resting: true }) : null;
  }

  get pipeline(): Pipeline {
    return this.now;
  }

  /** Does it after the changes that were asked for before. */
  inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  /** Takes the provider and the way of looking that the patch names, where they are others than those set now. */
  async take({ provider, pipeline }: SettingsPatch, set: Settings): Promise<void> {
    if (pipeline !== undefined && pipeline !== set.pipeline) await this.#open(pipeline);
    if (provider !== undefined && provider !== set.provider) await this.student.setProvider(provider);
  }

  /** `auto` may take another way of looking now: there are new figures to go by. */
  reconsider({ pipeline }: Settings): void {
    if (pipeline !== 'auto') return;
    this.inTurn(() => this.#open(pipeline)).catch((error: unknown) => {
      this.events.onFault((error as Error).message);
    });
  }

  async #open(choice: Settings['pipeline']): Promise<void> {
    const before = this.now;
    this.now = await openPipeline(this.options, choice);
    this.events.onPipeline();
    // A frame that is being judged is answered first.
    before.close().catch((error: unknown) => {
      this.events.onFault((error as Error).message);
    });
  }

  /** Lets a lighter student watch, where there is one: this one takes too large a share of the time. */
  stepDown(share: number): void {
    this.inTurn(() => this.student.stepDown(share)).then(
      (message) => {
        if (message === null) return;
        this.events.onChange(false);
        this.events.onNotice(message);
      },
      (error: unknown) => {
        this.events.onFault((error as Error).message);
      },
    );
  }

  async close(): Promise<void> {
    await this.#changing;
    await this.student.close();
    await this.now.close();
  }
}

/** @throws Error in one sentence when one-shot is asked for and cannot be had */
async function openPipeline(
  { detector, settings }: AppOptions,
  choice: Settings['pipeline'],
): Promise<Pipeline> {
  if (detector) return Pipeline.open(choice, { ...detector, folder: dirname(settings.path) });
  if (choice === 'one-shot') throw new Error('there is no one-shot detector here');
  return Pipeline.open('two-stage', { model: '', folder: '' });
}

/** What the command line asks for must be; what was set once must not keep the watch from beginning. */
async function firstPipeline(options: AppOptions, onNotice: (message: string) => void): Promise<Pipeline> {
  const { overrides, settings } = options;
  if (overrides.pipeline !== undefined) return openPipeline(options, overrides.pipeline);
  try {
    return await openPipeline(options, settings.current.pipeline);
  } catch (error) {
    onNotice((error as Error).message);
    return openPipeline(options, 'two-stage');
  }
}
