/**
 * A drawn entrance with drawn people, as a camera's stream: pictures without photographs. Each person's face box is
 * known, so that tracks can be made to fit.
 */
import type { Verdict } from '../../../src-main/api';
import type { Box } from '../../../src-main/geometry';

export const PICTURE = { width: 1280, height: 720 };

export interface Person {
  id: number;
  /** The face's centre and height in picture pixels. */
  x: number;
  y: number;
  size: number;
  wears: Verdict;
}

export const faceBox = ({ x, y, size }: Person): Box => [x - size * 0.38, y - size / 2, size * 0.76, size];

const SKINS = ['#8d5a3c', '#e3b08c', '#5b3a29', '#c98f6b', '#f0c9a8'];
const COATS = ['#2f4858', '#7a3b2e', '#4d5d3a', '#55407a', '#8a6d2f'];

function drawPerson(context: CanvasRenderingContext2D, { id, x, y, size, wears }: Person): void {
  const unit = size / 100;
  const shape = (fill: string, path: string): void => {
    context.fillStyle = fill;
    context.fill(new Path2D(path));
  };
  context.save();
  context.translate(x, y);
  context.scale(unit, unit);
  shape(COATS[id % COATS.length]!, 'M-95 300C-95 130-75 75-20 68H20C75 75 95 130 95 300z');
  shape(
    SKINS[(id * 3) % SKINS.length]!,
    'M-14 40h28v34h-28zM-37-5C-37-40-22-50 0-50s37 10 37 45C37 25 20 50 0 50S-37 25-37-5z',
  );
  shape('#241c18', 'M-40-2C-46-48-22-62 0-62s46 14 40 60C34-18 30-34 0-36-30-34-34-18-40-2z');
  shape('#1a1a1a', 'M-19-10h10v5h-10zM9-10h10v5H9zM-3 2h6v12h-6zM-10 26h20v3h-20z');
  if (wears === 'correct') shape('#dfeaf2', 'M-36 0C-20 4-10-2 0-2s20 6 36 2c-1 28-16 51-36 51S-35 28-36 0z');
  if (wears === 'incorrect')
    shape('#dfeaf2', 'M-33 22C-18 24-8 19 0 19s18 5 33 3c-6 20-18 30-33 30S-27 42-33 22z');
  context.restore();
}

function drawEntrance(context: CanvasRenderingContext2D): void {
  const rect = (fill: string, x: number, y: number, width: number, height: number): void => {
    context.fillStyle = fill;
    context.fillRect(x, y, width, height);
  };
  rect('#b9b4a7', 0, 0, 1280, 560);
  rect('#7d7466', 0, 560, 1280, 160);
  rect('#4b4f52', 400, 60, 480, 500);
  rect('#cfe0e8', 415, 75, 217, 485);
  rect('#cfe0e8', 648, 75, 217, 485);
  rect('#eef5f8', 440, 100, 60, 430);
  rect('#8c867a', 80, 330, 190, 230);
  rect('#3f6b45', 1020, 250, 150, 200);
  rect('#75553a', 1060, 450, 70, 110);
}

/**
 * A stream of the entrance at 30 frames/s.
 * @param people asked anew for each frame, with the milliseconds since the start
 */
export function drawnStream(people: (time: number) => readonly Person[]): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = PICTURE.width;
  canvas.height = PICTURE.height;
  const context = canvas.getContext('2d')!;
  const start = performance.now();
  const draw = (): void => {
    drawEntrance(context);
    for (const person of people(performance.now() - start)) drawPerson(context, person);
  };
  draw();
  const stream = canvas.captureStream(30);
  const track = stream.getVideoTracks()[0]!;
  const timer = setInterval(() => {
    if (track.readyState === 'ended') clearInterval(timer);
    else draw();
  }, 33);
  return stream;
}

/** A drawn face as a crop of the review queue is: 112×112, as PNG. */
export async function facePicture(id: number, wears: Verdict): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(112, 112);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#b9b4a7';
  context.fillRect(0, 0, 112, 112);
  // drawPerson asks of a context nothing that an offscreen one has not.
  drawPerson(context as unknown as CanvasRenderingContext2D, { id, x: 56, y: 56, size: 80, wears });
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return new Uint8Array(await blob.arrayBuffer());
}

/** A drawn entrance with people, as a whole picture of the review queue is, as JPEG. */
export async function entrancePicture(people: readonly Person[]): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(PICTURE.width, PICTURE.height);
  // As above.
  const context = canvas.getContext('2d') as unknown as CanvasRenderingContext2D;
  drawEntrance(context);
  for (const person of people) drawPerson(context, person);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
  return new Uint8Array(await blob.arrayBuffer());
}
