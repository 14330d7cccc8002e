/** OpenCV's WebAssembly build (npm's @techstark/opencv-js, optional), as far as Haar cascades need it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../../pages';

interface Freed {
  delete(): void;
}
export interface Mat extends Freed {
  data: Uint8Array;
  roi(rect: Rect): Mat;
}
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface List<T> extends Freed {
  size(): number;
  get(index: number): T;
}
export interface CascadeClassifier extends Freed {
  load(path: string): boolean;
  /** @param votes how many windows agreed on each object */
  detectMultiScale2(
    picture: Mat,
    objects: List<Rect>,
    votes: List<number>,
    scaleFactor: number,
    minNeighbors: number,
  ): void;
}
export interface OpenCv {
  Mat: new (rows: number, columns: number, type: number) => Mat;
  CV_8UC1: number;
  RectVector: new () => List<Rect>;
  IntVector: new () => List<number>;
  CascadeClassifier: new () => CascadeClassifier;
  equalizeHist(from: Mat, to: Mat): void;
  FS_createDataFile(
    folder: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ): void;
  FS_unlink(path: string): void;
}

const EVENTS = ['uncaughtException', 'unhandledRejection'];

/** In a box: OpenCV's module has a `then` that gives the module again, so that awaiting it never ends. */
let opened: Promise<{ cv: OpenCv }> | undefined;

/** @throws Error saying how to get it when it is not installed */
export function openCv(): Promise<{ cv: OpenCv }> {
  opened ??= load();
  return opened;
}

async function load(): Promise<{ cv: OpenCv }> {
  const require = createRequire(join(projectRoot(), 'package.json'));
  const before = EVENTS.map((event) => process.listeners(event as 'exit'));
  try {
    const cv = require('@techstark/opencv-js') as OpenCv & { then(ready: () => void): void };
    await new Promise<void>((resolve) => {
      cv.then(() => {
        resolve();
      });
    });
    // Its start-up code makes any failure anywhere in the process its own, and aborts.
    EVENTS.forEach((event, i) => {
      for (const listener of process.listeners(event as 'exit'))
        if (!before[i]!.includes(listener)) process.off(event, listener);
    });
    return { cv };
  } catch (error) {
    opened = undefined;
    throw new Error(
      'the Haar baseline needs OpenCV: install the optional package with `npm i @techstark/opencv-js`',
      { cause: error },
    );
  }
}
