/** What an import reads out of a source, whatever its format: ready faces, and photographs with annotated faces. */
import type { MaskClass } from '../../api';
import type { Size } from '../../geometry';
import type { Split } from '../folders';
import type { Scene } from '../scenes';

/** A picture that is of one face already, or of one person. */
export interface FaceItem {
  kind: 'face';
  /** Path. */
  file: string;
  label: MaskClass;
  /** The photo, or person, that must stay in one split; unique within its source. */
  photo: string;
  /** Whether `photo` means the same in every source, as FFHQ's numbers do. */
  everywhere?: true;
  /** Given where the source came divided. */
  split?: Split;
}

export interface SceneItem extends Scene {
  kind: 'scene';
  /** Boxes in photo pixels, or as shares of the photo's width and height. */
  unit: 'pixels' | 'shares';
  /** The photo's size as the annotation has it. Where the photo's own differs, its boxes are not to be trusted. */
  size?: Size;
  split?: Split;
}

export type Item = FaceItem | SceneItem;

export interface Skipped {
  file: string;
  reason: string;
}

/** What a source holds. */
export interface Contents {
  items: Item[];
  skipped: Skipped[];
}
