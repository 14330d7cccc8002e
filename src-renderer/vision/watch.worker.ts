/**
 * The vision worker of the live page: reads camera frames, looks for faces, cuts their crops and hands both to
 * the page; or, where main finds the faces itself (one-shot), shrinks what it is to look at. The newest frame wins: while one is looked at, older ones are closed unseen. One looked frame may
 * wait for main's answer to the one before; every VideoFrame is closed.
 */
import { MAX_FACES, type FilmFacts, type FilmPart, type Frame } from '../../src-main/api';
import { fitOf, fittedSize, type Box, type Takes } from '../../src-main/geometry';
import { ArrivalClock } from './arrival-clock';
import { correctBox } from './box-correction';
import { CropCutter } from './crops';
import { Darkness, isBlack } from './darkness';
import { FilmPlayer } from './film-player';
import { FaceDetector } from './face-detector';
import { mergeDetections } from './merge';
import { FrameReader, type Picture } from './picture';
import { planRegions, RegionTurns } from './regions';
import { sampleOf } from './sample';
import { Shrinker } from './shrink';
import { Stillness } from './stillness';
import type { FromWorker, ToWorker, WatchConfiguration } from './watch-messages';

/** Milliseconds of detection a frame, so that a camera of 30 frames/s is kept up with. */
const BUDGET = 24;

const post = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

const turns = new RegionTurns(BUDGET);
const frameReader = new FrameReader();
const cutter = new CropCutter();
const darkness = new Darkness();
/** Of the stream that is read. */
let stillness = new Stillness();
const shrinker = new Shrinker();
/** Regions that were sent to main, one a frame: they take turns. */
let sent = 0;

let configuration: WatchConfiguration | undefined;
let detector: FaceDetector | undefined;
/** It is being loaded, or was: only where faces are looked for here. */
let loading = false;
/** Why it could not be, where it was wanted for whole pictures only. */
let unloadable: unknown;
/** When it was, in milliseconds since the epoch. */
let loaded = 0;
/** The newest frame that nobody has looked at, when it arrived, and of a film that is seen whole, which it is. */
let newest: { frame: VideoFrame; time: number; film?: number } | undefined;
let reader: ReadableStreamDefaultReader<VideoFrame> | undefined;
let arrived = 0;
/** A frame is with main, and a looked-at one waits for its answer. */
let inFlight = false;
/** Main wants the next picture whole. */
let wanted = false;
let waiting: { frame: Omit<Frame, 'id'>; detectMs: number } | undefined;
let player: FilmPlayer | undefined;
/** Films that were begun. */
let playing = 0;
/** Told when the film's next pictures have come, and when its newest frame was taken. */
let onPictures: (part: FilmPart) => void = () => undefined;
let onTaken: () => void = () => undefined;
/** The film is at its end; what is under way is still to be looked at. */
let filmOver = false;
/** A turn is due or under way. */
let scheduled = false;

const now = () => performance.timeOrigin + performance.now();

function takeArrived(): number {
  const taken = arrived;
  arrived = 0;
  return taken;
}

function keep(frame: VideoFrame, clock: ArrivalClock): void {
  const time = clock.arrival(frame.timestamp, now());
  arrived += 1;
  // One that waited for seconds while the detector was loaded would show verdicts of then.
  if (time < loaded) {
    frame.close();
    return;
  }
  newest?.frame.close();
  newest = { frame, time };
  schedule();
}

/** Posts to itself: a timer would be clamped to 4 ms when each look schedules the next. */
const turn = new MessageChannel();
turn.port1.onmessage = () => {
  step()
    .catch(fail)
    .finally(() => {
      scheduled = false;
      schedule();
    });
};

/** Looks after the messages and reads that are due, so that the frame looked at is the newest. */
function schedule(): void {
  if (scheduled || waiting || !newest || !isReady()) return;
  scheduled = true;
  turn.port2.postMessage(null);
}

const isReady = () =>
  configuration !== undefined && (configuration.oneShot !== null || detector !== undefined);

async function step(): Promise<void> {
  if (waiting || !newest || !configuration || !isReady()) return;
  const asked = configuration;
  const { frame, time, film } = newest;
  newest = undefined;
  onTaken();
  const started = performance.now();
  let picture;
  try {
    picture = await frameReader.read(frame);
  } finally {
    frame.close();
  }
  const black = isBlack(picture);
  const dark = darkness.seen(black, started);
  if (dark !== null) post({ type: 'dark', dark });
  const still = stillness.seen(picture, black, started);
  if (still !== null) post({ type: 'still', still });
  if (wanted && detector) {
    wanted = false;
    const sample = sampleOf(picture, asked, detector, shrinker);
    post({ type: 'sample', sample }, [sample.data.buffer]);
  }
  const { width, height } = picture;
  const seen = asked.oneShot ? toSend(picture, asked, asked.oneShot) : look(picture, asked, detector!);
  waiting = {
    frame: { time, width, height, ...seen, ...(film !== undefined && { film }) },
    detectMs: performance.now() - started,
  };
  send();
}

/** What a frame brings to main beside its time and size. */
type Seen = Pick<Frame, 'regions' | 'faces' | 'crops' | 'picture'>;

/** One region of the picture, as large as main's detector takes it. */
function toSend(picture: Picture, { reach, region }: WatchConfiguration, takes: Takes): Seen {
  const { first, inTurn } = planRegions(reach, region, picture);
  const all = [...first, ...inTurn];
  const part: Box = all[sent++ % all.length]!;
  const frame = { width: part[2], height: part[3] };
  const size = fittedSize(frame, fitOf(frame, takes));
  const data = new Uint8ClampedArray(size.width * size.height * 3);
  shrinker.shrink(picture, part, size, data, 0, 3);
  return {
    regions: [part],
    faces: [],
    crops: new Uint8Array(0),
    picture: { ...size, data: new Uint8Array(data.buffer) },
  };
}

function look(picture: Picture, asked: WatchConfiguration, looker: FaceDetector): Seen {
  const regions = turns.take(planRegions(asked.reach, asked.region, picture));
  const looking = performance.now();
  const found = regions.flatMap((region) =>
    looker.detect(picture, region).map((detection) => ({ ...detection, region })),
  );
  turns.measured(regions.length, performance.now() - looking);
  const threshold = asked.detectorThreshold;
  const faces = mergeDetections(
    found.filter(({ score }) => score >= threshold),
    picture,
  )
    .slice(0, MAX_FACES)
    .map(({ box, score }) => ({ box: correctBox(box), score }));
  const crops = cutter.cut(
    picture,
    faces.map(({ box }) => box),
    asked.cropSize,
    asked.cropMargin,
  );
  return { regions, faces, crops };
}

function send(): void {
  if (inFlight || !waiting) return;
  const { frame, detectMs } = waiting;
  waiting = undefined;
  inFlight = true;
  const memory = frame.picture ? [frame.picture.data.buffer] : [frame.crops.buffer];
  post({ type: 'frame', frame, cameraFrames: takeArrived(), detectMs }, memory);
  schedule();
}

async function play(facts: FilmFacts): Promise<void> {
  const turn = ++playing;
  player?.stop();
  // Its first frame is not to be missed while the detector is loaded.
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 50));
  // The camera was opened anew meanwhile, and its film is played by another.
  if (turn !== playing) return;
  const mine = new FilmPlayer({
    facts,
    ask: (from) => {
      post({ type: 'wants', from });
      return new Promise((resolve) => (onPictures = resolve));
    },
    take: (frame, index) => {
      arrived += 1;
      newest?.frame.close();
      newest = { frame, time: now(), ...(facts.everyFrame && { film: index }) };
      schedule();
      return new Promise((resolve) => (onTaken = resolve));
    },
    show: (frame) => post({ type: 'show', frame }, [frame]),
    onUnreadable: (index) => post({ type: 'unreadable', index }),
  });
  player = mine;
  filmOver = await mine.play();
  endFilm();
}

/** Tells that the film is over once nothing of it is under way. */
function endFilm(): void {
  if (!filmOver || newest || waiting || inFlight || scheduled) return;
  filmOver = false;
  post({ type: 'filmEnded' });
}

async function read(frames: ReadableStream<VideoFrame>): Promise<void> {
  const before = reader;
  const clock = new ArrivalClock();
  const mine = frames.getReader();
  reader = mine;
  stillness = new Stillness();
  await before?.cancel().catch(() => undefined); // a stream that has failed has nothing left to give back
  for (;;) {
    const { value, done } = await mine.read();
    if (done) return;
    if (reader !== mine) {
      value.close();
      return;
    }
    keep(value, clock);
  }
}

function fail(error: unknown): void {
  newest?.frame.close();
  newest = undefined;
  detector = undefined;
  post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.type) {
    case 'configure':
      configuration = message.configuration;
      if (configuration.oneShot === null) {
        if (unloadable !== undefined) fail(unloadable);
        else if (!loading) load();
      }
      break;
    case 'frames':
      read(message.frames).catch(fail);
      break;
    case 'film':
      play(message.facts).catch(fail);
      break;
    case 'pictures':
      onPictures(message.part);
      break;
    case 'looked':
      inFlight = false;
      wanted ||= message.sample;
      // Where main finds the faces, the detector is loaded for the first of them only.
      if (wanted && !loading) load();
      send();
      endFilm();
      break;
    default:
      message satisfies never;
  }
  schedule();
};

setInterval(() => post({ type: 'alive', cameraFrames: takeArrived() }), 1000);

function load(): void {
  loading = true;
  FaceDetector.open()
    .then((opened) => {
      detector = opened;
      loaded = now();
      newest?.frame.close();
      newest = undefined;
    })
    .catch((error: unknown) => {
      unloadable = error;
      if (configuration?.oneShot === null) fail(error);
      else post({ type: 'noSample', message: error instanceof Error ? error.message : String(error) });
    });
}
