/**
 * Every word the pages show, in one typed place: a translation is one more object of type `Texts`, held to the
 * same shape by the compiler.
 */
import type { MaskClass, Reach, Verdict } from '../src-main/api';

const english = {
  app: 'maskwatch',

  banner: {
    none: 'Please put on a mask',
    incorrect: 'Please cover nose and mouth',
    correct: 'Thank you, come in',
    unsure: 'One moment, please',
    look: 'Please look at the camera',
  },
  label: {
    none: 'No mask',
    incorrect: 'Worn incorrectly',
    correct: 'Mask on',
    unsure: 'Looking',
  } satisfies Record<Verdict, string>,
  counted: {
    none: 'without a mask',
    incorrect: 'worn incorrectly',
    correct: 'with a mask',
  } satisfies Record<MaskClass, string>,
  counts: 'Faces counted since the start',
  facesInView: 'Faces in view',
  face: (number: number, verdict: string): string => `Face ${number}: ${verdict}`,
  picture: 'Camera picture',

  source: {
    demo: 'Demo: no camera found',
    file: (name: string): string => `Playing a file: ${name}`,
  },
  reconnecting: 'Reconnecting to maskwatch. The picture goes on; verdicts come back by themselves.',
  connecting: 'Connecting …',

  status: {
    name: 'Status',
    camera: 'Camera',
    model: 'Model',
    provider: 'Runs on',
    providers: { cpu: 'CPU', webgpu: 'WebGPU', cuda: 'CUDA', dml: 'DirectML', coreml: 'CoreML' },
    fellBack: (provider: string): string => `${provider} (fallback)`,
    picture: (width: number, height: number, perSecond: number): string =>
      `${width} × ${height}, ${perSecond} frames/s`,
    looked: (perSecond: number, milliseconds: number): string =>
      `${perSecond} looks/s, ${milliseconds} ms behind`,
  },

  camera: {
    unnamed: (number: number): string => `Camera ${number}`,
    systemDefault: 'System default',
    notConnected: (label: string): string => `${label} (not connected)`,
    tryNow: 'Try again now',
    title: {
      starting: 'Starting the camera',
      absent: 'No camera found',
      denied: 'The camera is not allowed',
      busy: 'The camera is in use',
      lost: 'The camera was disconnected',
      failed: 'The camera does not work',
    },
    starting: 'If the browser asks, allow maskwatch to use the camera.',
    absent: 'Plug a camera in. maskwatch starts by itself as soon as it is there.',
    denied:
      'Allow the camera for this page (the camera sign in the address bar, or the system’s privacy settings). maskwatch starts by itself then.',
    busy: 'Another program is using it. Close that program; maskwatch keeps trying.',
    lost: (label: string): string =>
      `${label} was unplugged or switched off. Plug it in again; maskwatch goes on by itself.`,
    frozen: (label: string): string => `${label} stopped sending pictures. maskwatch is opening it again.`,
    muted: (label: string): string =>
      `${label} sends no picture; its cover or switch may be closed. maskwatch goes on by itself.`,
    failed: (reason: string): string => `It could not be started (${reason}). maskwatch keeps trying.`,
    instead: (chosen: string, used: string): string => `${chosen} is not connected; using ${used}.`,
    retryIn: (seconds: number): string =>
      seconds === 1 ? 'Next try in 1 second.' : `Next try in ${seconds} seconds.`,
  },
  gettingReady: 'Getting ready to look for faces …',
  detectorFailed: 'Faces cannot be found at the moment. maskwatch is starting the detector again.',

  settings: {
    open: 'Settings',
    title: 'Settings',
    close: 'Close settings',
    notSaved: (reason: string): string => `This was not saved: ${reason}`,
    camera: 'Camera',
    mirror: 'Mirror the picture',
    reach: 'Where to look for faces',
    reaches: {
      near: ['Near', 'Faces up to about 2 m: the whole picture at once.'],
      centre: ['Centre', 'Farther faces in the middle of the picture.'],
      region: ['Region', 'A rectangle you draw, such as the doorway.'],
      far: ['Far', 'Small faces everywhere; takes more computing.'],
    } satisfies Record<Reach, [string, string]>,
    drawRegion: 'Draw the region',
    strictness: 'Strictness',
    strictnessHint: 'Lenient answers sooner; strict waits until it is sure.',
    lenient: 'Lenient',
    strict: 'Strict',
    strictnessWords: ['lenient', 'balanced', 'strict', 'very strict'],
    looksNeeded: 'Looks before a verdict',
    looks: (number: number): string => (number === 1 ? '1 look' : `${number} looks`),
    minFace: 'Smallest face judged',
    pixels: (number: number): string => `${number} pixels`,
    provider: 'Run the network on',
    providerAuto: 'Automatic (the fastest)',
    advanced: 'Advanced',
    detectorThreshold: 'Lowest face score',
    detectorHint: 'Lower finds more masked and distant faces, and more that are none.',
  },
  region: {
    help: 'Drag on the picture to draw the rectangle. Or move it and its corners with the arrow keys (Shift for large steps).',
    whole: 'Rectangle to look in',
    corners: ['Top left corner', 'Top right corner', 'Bottom left corner', 'Bottom right corner'],
    done: 'Use this region',
    cancel: 'Cancel',
    size: (width: number, height: number): string => `${width} % × ${height} % of the picture`,
  },
};

/** The shape of a language. */
export type Texts = typeof english;

/** The language shown. */
export const texts: Texts = english;
