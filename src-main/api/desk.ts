/** What the desk touches besides jobs, models, review and statistics: access, the menu of the tray, about. */
import * as v from 'valibot';

export const pinSchema = v.pipe(v.string(), v.regex(/^\d{4,12}$/, 'a PIN has 4 to 12 digits'));
/** The message of every call that the PIN guards, while it is locked. */
export const LOCKED = 'locked: enter the PIN first';

/** How a page stands towards the PIN. */
export interface Access {
  pinSet: boolean;
  /** Whether this page must give the PIN before it may do what is guarded. */
  locked: boolean;
  /** Seconds until the PIN may be tried again, after wrong ones. */
  waitSeconds: number;
}

/** What can be chosen in the tray's menu, or in the same menu on a page of the browser host. */
export const MENU_ACTIONS = [
  'live',
  'compact',
  'pause-15',
  'pause-60',
  'pause-day',
  'pause',
  'resume',
  'retrain',
  'distil',
  'job-pause',
  'job-resume',
  'job-cancel',
  'review',
  'statistics',
  'models',
  'jobs',
  'settings',
  'about',
  'quit',
] as const;
export type MenuAction = (typeof MENU_ACTIONS)[number];

/** Entries that are read, not chosen. */
export type MenuNote = 'paused-until' | 'paused' | 'job' | 'today' | 'last-job';

/** Its words are the languages' `menu.<id>`, with `values` put in. */
export interface MenuItem {
  id: MenuAction | MenuNote | 'pause-for' | 'separator';
  enabled: boolean;
  values?: Record<string, string | number>;
  items?: MenuItem[];
}

export interface Menu {
  /** What the icon shows; `attention` means that something waits for a person. */
  icon: 'watching' | 'paused' | 'working' | 'attention';
  /** Of the job that runs, 0 to 1. */
  progress: number | null;
  items: MenuItem[];
}

export interface About {
  version: string;
  host: 'electron' | 'browser';
  parts: { name: string; version: string }[];
  /** Packages that run in maskwatch, and what they may be used under. */
  licences: { name: string; version: string; licence: string }[];
  /** The folder of settings, models, jobs and review. */
  folder: string;
  platform: string;
}

const pixel = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const extent = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));
/** A window's place on the screens of the machine, in the system's own pixels. */
export const placeSchema = v.strictObject({ x: pixel, y: pixel, width: extent, height: extent });
export type Place = v.InferOutput<typeof placeSchema>;

/** What a page without a frame asks of its window. */
export const WINDOW_ORDERS = ['minimise', 'fill', 'close'] as const;
export type WindowOrder = (typeof WINDOW_ORDERS)[number];

/** Minutes to pause for; null until it is resumed by hand. */
export const pauseSchema = v.nullable(v.pipe(v.number(), v.minValue(1), v.maxValue(7 * 24 * 60)));
