/** What a run shows its networks: augmented views to learn from, and pictures as they are to be measured on. */
import { IMAGENET } from '../data/augment';
import { DEFAULT_AUGMENTATION, NO_AUGMENTATION } from '../data/augmentation';
import { Loader } from '../data/loader';

export interface ViewOptions {
  /** Side of the network's pictures in pixels. */
  size: number;
  /** Side of the views to learn from, where a teacher takes larger ones. */
  views: number;
  batch: number;
  workers: number;
  seed: number;
  /** See Augmentation. */
  occlusion?: number | undefined;
  harsh?: number | undefined;
  /** Show pictures as they are. */
  plain?: boolean | undefined;
}

export interface Views {
  /** At the views' size, augmented. */
  training: Loader;
  /** At the network's size; for its `plain` batches. */
  measuring: Loader;
  close(): Promise<void>;
}

export function openViews({ size, views, plain, occlusion = 0, harsh = 0, ...options }: ViewOptions): Views {
  const augmentation = plain ? NO_AUGMENTATION : { ...DEFAULT_AUGMENTATION, occlusion, harsh };
  const open = (side: number) =>
    new Loader({ ...options, size: side, normalisation: IMAGENET, augmentation });
  const training = open(views);
  const measuring = views === size ? training : open(size);
  return {
    training,
    measuring,
    async close() {
      await Promise.all([...new Set([training, measuring])].map((loader) => loader.close()));
    },
  };
}
