/** What the classes of others are called, and which of ours they are. */
import { MASK_CLASSES } from '../../api';
import type { SceneLabel } from '../scenes';

export const CLASS_TARGETS = [...MASK_CLASSES, 'face', 'ignore'] as const satisfies readonly SceneLabel[];

/** Names that public sets use; compared without case, spaces and signs. */
const WELL_KNOWN: Readonly<Record<SceneLabel, string>> = {
  correct: `correct with_mask mask masked face_mask wearing_mask mask_on mask_weared_correct mask_worn_correctly
    correctly_worn correct_mask correctly_masked face_with_mask good CMFD`,
  incorrect: `incorrect mask_weared_incorrect mask_worn_incorrectly incorrectly_worn worn_incorrectly incorrect_mask
    incorrectly_masked mask_incorrect improper improper_mask improperly_worn face_with_mask_incorrect
    partially_worn_mask bad IMFD`,
  none: 'none without_mask no_mask nomask unmasked not_masked mask_off bare bare_face face_no_mask FFHQ',
  face: 'face',
  ignore: 'ignore',
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Which of our classes a name of theirs is; unknown names are collected, to be told all at once. */
export class ClassMap {
  readonly #ours = new Map<string, SceneLabel>();
  readonly #unknown = new Map<string, string>();

  /** @param own as `--classes` gives them, before the well-known ones: [[theirs, ours]…] */
  constructor(own: readonly (readonly [theirs: string, ours: SceneLabel])[] = []) {
    for (const label of CLASS_TARGETS)
      for (const name of WELL_KNOWN[label].split(/\s+/)) this.#ours.set(plain(name), label);
    for (const [theirs, ours] of own) this.#ours.set(plain(theirs), ours);
  }

  /** @returns undefined for a name that is not known */
  find(name: string): SceneLabel | undefined {
    return this.#ours.get(plain(name));
  }

  /** As `find`, for a name that must be known: `check` tells of those that were not. */
  need(name: string, file: string): SceneLabel {
    const label = this.find(name);
    if (label === undefined && !this.#unknown.has(name)) this.#unknown.set(name, file);
    return label ?? 'ignore';
  }

  /** @throws Error naming every class that is not known, and a file that has it */
  check(): void {
    if (this.#unknown.size === 0) return;
    const [[, file]] = [...this.#unknown] as [[string, string]];
    const names = [...this.#unknown.keys()];
    throw new Error(
      `${file} has ${names.length === 1 ? 'a class' : 'classes'} that ${names.length === 1 ? 'is' : 'are'} not known ` +
        `here: ${names.join(', ')}; say what each is, as in --classes ${names[0]!}=correct (or incorrect, none, ignore)`,
    );
  }
}

/**
 * Reads `--classes with_mask=correct,without_mask=none`.
 * @throws Error naming the part that is wrong
 */
export function readClassPairs(text: string): [theirs: string, ours: SceneLabel][] {
  return text.split(',').map((part) => {
    const at = part.lastIndexOf('=');
    const ours = CLASS_TARGETS.find((label) => label === part.slice(at + 1).trim());
    if (at < 1 || plain(part.slice(0, at)) === '' || ours === undefined)
      throw new Error(`"${part}" should be THEIRS=OURS, with ${CLASS_TARGETS.join(', ')} for OURS`);
    return [part.slice(0, at).trim(), ours];
  });
}
