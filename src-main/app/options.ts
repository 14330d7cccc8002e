/** What an app is built from, and what it tells its host. */
import type {
  CameraState,
  Measurements,
  Menu,
  Settings,
  Status,
  VerdictEvent,
  WindowMode,
  WindowOrder,
} from '../api';
import type { Film } from '../kiosk/film';
import type { StartProcess } from '../jobs/process';
import type { DeskSection } from '../menu';
import type { SettingsStore } from '../store/settings';
import type { PipelineOptions } from '../watch/pipeline';

export interface AppOptions {
  version: string;
  /** Path of the .onnx file that ships. */
  model: string;
  /** Students that ship beside it and may watch in its place: the most accurate that keeps up does. */
  others?: readonly string[];
  /** Path of an .onnx file that judges instead of what was promoted. */
  pinned?: string;
  settings: SettingsStore;
  /** What the command line asks for: holds until it is changed on the page, and is not saved. */
  overrides: Partial<Pick<Settings, 'provider' | 'reach' | 'pipeline' | 'windowMode'>>;
  /** The one-shot detector: its file, and what its classes are where it is not ours. None: it is not to be had. */
  detector?: Pick<PipelineOptions, 'model' | 'classes'>;
  source: Status['source'];
  /** A film that the page plays itself. */
  film?: Film;
  /** `browser` where none is given. */
  host?: Status['host'];
  /** The live window, as the host can show it; none is shown where this is left out. */
  window?: Status['window'];
  /** Makes maskwatch start with the computer or not; left out where the host cannot. @throws Error in one sentence */
  startWithComputer?: (on: boolean) => Promise<void>;
  /** How this host starts a process for a job; as Node does, where none is given. */
  startProcess?: StartProcess;
}

export interface AppEvents {
  verdict: [VerdictEvent];
  camera: [CameraState];
  /** A page gave a sign of life: it does about once a second. */
  alive: [];
  /** The last page has gone. */
  alone: [];
  /** A frame was looked at. */
  look: [];
  /** The page that watches told what it measured in about a second. */
  measured: [Measurements];
  /** The menu is another now. */
  menu: [Menu];
  /** A part of the desk, or the live window, is asked for; only where the host shows it. */
  show: [DeskSection | 'live'];
  /** The live window is to be small in a corner, or as before; only where the host does it. */
  compact: [];
  /** The live window is to stand on the screen in another way. */
  windowMode: [WindowMode];
  /** A page without a frame asks something of its window. */
  windowOrder: [WindowOrder];
  /** Every frame of a film has been looked at. */
  filmEnded: [];
  /** Somebody who may chose to quit. */
  quit: [];
  /** Something went wrong and was survived; a sentence for the log. */
  fault: [message: string];
}
