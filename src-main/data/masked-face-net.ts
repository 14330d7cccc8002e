/**
 * The file names of MaskedFace-Net (Cabani et al., 2021) and of FFHQ, whose faces it put masks on: the number is
 * the person, what follows says how the mask sits.
 */
import type { MaskClass } from '../api';

const NAME = /^(\d{5})(_Mask(?:_(?:Chin|Mouth_Chin|Nose_Mouth))?)?$/i;

export interface NamedFace {
  /** FFHQ's number: all pictures of one number show one person. */
  person: string;
  label: MaskClass;
}

/**
 * @param stem a file's name without its extension: `00000_Mask`, `00000_Mask_Nose_Mouth`, `00000`
 * @returns null for any other name
 */
export function namedFace(stem: string): NamedFace | null {
  const match = NAME.exec(stem);
  if (match === null) return null;
  const [, person, mask] = match;
  const label = mask === undefined ? 'none' : mask.toLowerCase() === '_mask' ? 'correct' : 'incorrect';
  return { person: person!, label };
}
