/**
 * A scene loader's worker thread: takes batches, decodes scenes, composes training pictures, gives them back. What
 * travels is described here; scene-loader.ts is the other end.
 */
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { seeded } from '../random';
import { type Normalisation, ViewMaker } from './augment';
import { type Picture, decode } from './decode';
import { type Donor, MOSAIC, SceneComposer, type SeenScene } from './scene-view';
import type { Scene, SceneFace } from './scenes';

export interface SceneWorkerSettings {
  size: number;
  normalisation: Normalisation;
  seed: number;
  scenes: Scene[];
  /** Scenes whose faces may be pasted into others, as indices, each as often as it is to be drawn. */
  donors: { scene: number; face: number }[];
  /** Bytes of decoded pictures to keep. */
  room: number;
}

export interface SceneBatchRequest {
  id: number;
  /** Indices of the scenes that lead each picture. */
  order: number[];
  epoch: number;
  /** Place of the first picture in its epoch. */
  first: number;
}

export interface SceneBatchReply {
  id: number;
  /** N×3×S×S, normalised. */
  images: Float32Array;
  /** Faces of each picture, in its pixels. */
  faces: SceneFace[][];
  /** What went wrong, or null. */
  error: string | null;
}

/** Probability that faces are pasted, and how many at most. */
const PASTE = 0.5;
const MOST_PASTED = 3;

class SceneMaker {
  readonly #settings: SceneWorkerSettings;
  readonly #composer: SceneComposer;
  readonly #views: ViewMaker;
  readonly #kept = new Map<number, { picture: Picture; scale: number }>();
  #room: number;

  constructor(settings: SceneWorkerSettings) {
    this.#settings = settings;
    this.#composer = new SceneComposer(settings.size);
    this.#views = new ViewMaker(settings.size, settings.normalisation);
    this.#room = settings.room;
  }

  async make({ id, order, epoch, first }: SceneBatchRequest): Promise<SceneBatchReply> {
    const { size, seed } = this.#settings;
    const length = 3 * size * size;
    const images = new Float32Array(order.length * length);
    const faces: SceneFace[][] = [];
    for (const [i, scene] of order.entries()) {
      const random = seeded(seed, epoch, first + i);
      const composed = await this.#compose(scene, random);
      this.#views.normalise(composed.pixels, images.subarray(i * length, (i + 1) * length));
      faces.push(composed.faces);
    }
    return { id, images, faces, error: null };
  }

  async #compose(lead: number, random: () => number) {
    const { scenes, donors } = this.#settings;
    const any = (count: number) => Math.floor(random() * count);
    const chosen =
      random() < MOSAIC ? [lead, any(scenes.length), any(scenes.length), any(scenes.length)] : [lead];
    const pasted = random() < PASTE && donors.length > 0 ? 1 + any(MOST_PASTED) : 0;
    const given = Array.from({ length: pasted }, () => donors[any(donors.length)]!);
    const seen: SeenScene[] = [];
    for (const scene of chosen) seen.push(await this.#see(scene));
    const faces: Donor[] = [];
    for (const { scene, face } of given) {
      const from = await this.#see(scene);
      faces.push({ picture: from.picture, face: from.faces[face]! });
    }
    return this.#composer.compose(seen, faces, random);
  }

  /** A scene decoded, with its boxes in the pixels it is decoded to. */
  async #see(index: number): Promise<SeenScene> {
    const scene = this.#settings.scenes[index]!;
    let known = this.#kept.get(index);
    if (!known) {
      const { width } = (await sharp(scene.file).metadata()).autoOrient;
      const picture = await decode(scene.file, 2 * this.#settings.size);
      known = { picture, scale: picture.width / width };
      if (this.#room >= picture.data.length) {
        this.#room -= picture.data.length;
        this.#kept.set(index, known);
      }
    }
    const { picture, scale } = known;
    const moved = (face: SceneFace): SceneFace => ({
      label: face.label,
      box: [face.box[0] * scale, face.box[1] * scale, face.box[2] * scale, face.box[3] * scale],
    });
    return { picture, faces: scene.faces.map(moved) };
  }
}

const port = parentPort;
if (port !== null) {
  sharp.concurrency(1);
  sharp.cache(false);
  const maker = new SceneMaker(workerData as SceneWorkerSettings);
  // One batch after another: two at once would share the maker's memory.
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: SceneBatchRequest) => {
    last = last.then(async () => {
      const reply = await maker.make(request).catch((reason: unknown): SceneBatchReply => ({
        id: request.id,
        images: new Float32Array(0),
        faces: [],
        error: (reason as Error).message,
      }));
      port.postMessage(reply, [reply.images.buffer as ArrayBuffer]);
    });
  });
}
