/**
 * The settings file: read at start, checked, changed while running and written so that a power cut leaves the
 * old file or the new one. A file that cannot be used is set aside, never overwritten, and the defaults hold.
 */
import { open, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { patched, settingsSchema, type Settings, type SettingsPatch } from '../api';
import { LARGEST, readWhole, reason, TooLarge } from '../files';

export const DEFAULT_SETTINGS: Settings = {
  version: 2,
  firstRunDone: false,
  camera: null,
  reach: 'near',
  region: null,
  detectorThreshold: 0.3,
  verdictThreshold: 0.6,
  looksNeeded: 5,
  minFacePixels: 24,
  provider: 'auto',
  pipeline: 'auto',
  mirror: true,
  windowMode: 'window',
  startWithComputer: false,
  languages: { pages: null, visitors: ['en'] },
  sounds: { correct: 'silent', incorrect: 'silent', none: 'silent', volume: 0.7 },
  visits: { leastSeconds: 0, gapSeconds: 2 },
  privacy: {
    review: false,
    reviewDays: 7,
    reviewMost: 500,
    reviewFrames: false,
    eventDays: 0,
    countDays: null,
  },
  outputs: { webhook: { on: false, url: '', verdicts: ['incorrect', 'none'], door: '', alive: false } },
  access: { lockMinutes: 5 },
};

/** From each older version of the file to the next; version 1 is the first. */
const migrations: Record<number, (old: Record<string, unknown>) => Record<string, unknown>> = {
  // Version 2 brought sections and the first run, which whoever has a file is past.
  1: (old) => ({ ...old, firstRunDone: true }),
};

/** The folder for the app's own files: MASKWATCH_CONFIG, else where the system keeps such things. */
export function configFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const named = env['MASKWATCH_CONFIG'];
  if (named !== undefined && named !== '') return named;
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'maskwatch');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'maskwatch');
  const xdg = env['XDG_CONFIG_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.config'), 'maskwatch');
}

export const defaultSettingsFile = (): string => join(configFolder(), 'settings.json');

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a file lacks, however deep within its sections, has its default. */
function withDefaults(
  json: Record<string, unknown>,
  defaults: Record<string, unknown> = DEFAULT_SETTINGS,
): Record<string, unknown> {
  const sections = Object.entries(json).map(([key, value]) => {
    const own = defaults[key];
    return [key, isSection(own) && isSection(value) ? withDefaults(value, own) : value];
  });
  return { ...defaults, ...Object.fromEntries(sections) } as Record<string, unknown>;
}

/** @throws Error in words when the text is not a settings file of this or an earlier version */
function parse(text: string): Settings {
  let json = v.parse(
    v.looseObject({ version: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
    JSON.parse(text),
  );
  if (json.version > DEFAULT_SETTINGS.version) throw new Error('a newer maskwatch wrote it');
  while (json.version < DEFAULT_SETTINGS.version) {
    const migrate = migrations[json.version];
    if (migrate === undefined) throw new Error(`its version ${String(json.version)} is not known`);
    json = { ...migrate(json), version: json.version + 1 };
  }
  // A setting that is new since the file was written has its default.
  const result = v.safeParse(settingsSchema, withDefaults(json));
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Error(`${v.getDotPath(issue) ?? 'settings'}: ${issue.message}`);
}

export class SettingsStore {
  #current: Settings;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    settings: Settings,
    /** What had to be done at start, in a sentence, or null. */
    readonly notice: string | null,
  ) {
    this.#current = settings;
  }

  /**
   * Reads the settings, or the defaults where there is no file yet or none that can be used.
   * @throws Error naming the file when it is there but may not be read
   */
  static async open(path = defaultSettingsFile()): Promise<SettingsStore> {
    let text: string;
    try {
      text = (await readWhole(path, LARGEST.settings)).toString();
    } catch (error) {
      const { cause: why = error } = error as Error;
      if ((why as NodeJS.ErrnoException).code === 'ENOENT')
        return new SettingsStore(path, DEFAULT_SETTINGS, null);
      if (error instanceof TooLarge) return SettingsStore.#without(path, error);
      throw new Error(`cannot read the settings ${path}: ${reason(why)}`, { cause: error });
    }
    try {
      return new SettingsStore(path, parse(text), null);
    } catch (error) {
      return SettingsStore.#without(path, error as Error);
    }
  }

  /** Sets a file aside that cannot be used. */
  static async #without(path: string, { message }: Error): Promise<SettingsStore> {
    const aside = `${path}.broken-${new Date().toISOString().replaceAll(':', '-')}`;
    const moved = await rename(path, aside).then(
      () => `it was set aside as ${aside}`,
      () => 'it could not be set aside and will be replaced at the next change',
    );
    const notice = `the settings ${path} cannot be used (${message}): ${moved}, and the defaults hold`;
    return new SettingsStore(path, DEFAULT_SETTINGS, notice);
  }

  get current(): Settings {
    return this.#current;
  }

  /**
   * Changes some settings and saves all.
   * @throws Error when they cannot be saved; they hold until the app ends nevertheless
   */
  async change(patch: SettingsPatch): Promise<Settings> {
    this.#current = patched(this.#current, patch);
    const settings = this.#current;
    // One after the other, so that the last change is the last to be written.
    const written = this.#writing.then(() => writeWhole(this.path, `${JSON.stringify(settings, null, 2)}\n`));
    this.#writing = written.catch(() => undefined);
    try {
      await written;
    } catch (error) {
      throw new Error(`the settings hold for now but could not be saved to ${this.path}: ${reason(error)}`, {
        cause: error,
      });
    }
    return settings;
  }
}

/** Writes a file so that at any moment it is the old one or the new one, whole and on the disk. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${String(process.pid)}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
