/**
 * Where the faces' labels go: beside their box, inside the picture, never over each other nor over another's face. A
 * label that finds no place shrinks to its sign, which may stand on a face; a sign that finds none is left out (the
 * box's own line still tells). Pure arithmetic over view pixels.
 */
import { intersection, type Box, type Size } from '../../../src-main/geometry';

/** Where a label stands to its box, in the order they are tried. */
const PLACES = ['above', 'below', 'right', 'left', 'inside'] as const;
type Place = (typeof PLACES)[number];

export interface LabelWish {
  id: number;
  /** The face in view pixels. */
  box: Box;
  /** Size with sign and text; null when the sign alone is wished. */
  full: Size | null;
  /** Size of the sign alone. */
  sign: Size;
  /** Lower comes first. */
  urgency: number;
}

export interface PlacedLabel {
  id: number;
  box: Box;
  full: boolean;
}

/** Pixels between a label and its box, and between labels. */
const GAP = 4;

const within = (inner: Box, outer: Box): boolean =>
  inner[0] >= outer[0] - 0.01 &&
  inner[1] >= outer[1] - 0.01 &&
  inner[0] + inner[2] <= outer[0] + outer[2] + 0.01 &&
  inner[1] + inner[3] <= outer[1] + outer[3] + 0.01;

/** Slides a stretch of `length` at `from` into [low, low + room]. */
const slide = (from: number, length: number, low: number, room: number): number =>
  Math.max(low, Math.min(from, low + room - length));

function at(place: Place, [x, y, width, height]: Box, size: Size, area: Box): Box {
  const across = slide(x, size.width, area[0], area[2]);
  const down = slide(y, size.height, area[1], area[3]);
  switch (place) {
    case 'above':
      return [across, y - size.height - GAP, size.width, size.height];
    case 'below':
      return [across, y + height + GAP, size.width, size.height];
    case 'right':
      return [x + width + GAP, down, size.width, size.height];
    case 'left':
      return [x - size.width - GAP, down, size.width, size.height];
    case 'inside':
      return [across, slide(y + GAP, size.height, area[1], area[3]), size.width, size.height];
    default:
      return place satisfies never;
  }
}

/** Places labels frame after frame; a label keeps its side of the box as long as that side is free. */
export class Labels {
  #places = new Map<number, { place: Place; full: boolean }>();

  /**
   * @param area the part of the view that labels may stand in
   * @returns the labels that found a place
   */
  place(wishes: readonly LabelWish[], area: Box): PlacedLabel[] {
    const placed: PlacedLabel[] = [];
    const places = new Map<number, { place: Place; full: boolean }>();
    const free = (box: Box): boolean =>
      within(box, area) && placed.every((other) => intersection(grow(box), other.box) === 0);
    const hidesNobody = (box: Box, wish: LabelWish): boolean =>
      wishes.every(
        (other) => other === wish || !isHidden(other.box, box[3]) || intersection(box, other.box) === 0,
      );

    const ordered = [...wishes].sort((a, b) => a.urgency - b.urgency || a.id - b.id);
    for (const wish of ordered) {
      const before = this.#places.get(wish.id);
      const tries = before ? [before.place, ...PLACES.filter((place) => place !== before.place)] : PLACES;
      const found =
        (wish.full && find(tries, wish, wish.full, true)) ??
        find(tries, wish, wish.sign, false) ??
        find(tries, wish, wish.sign, false, true);
      if (!found) continue;
      placed.push({ id: wish.id, box: found.box, full: found.full });
      places.set(wish.id, found);
    }
    this.#places = places;
    return placed;

    function find(tries: readonly Place[], wish: LabelWish, size: Size, full: boolean, onFaces = false) {
      for (const place of tries) {
        // Text across a face hides it; only a sign may stand inside a box, or text in a box much larger.
        if (place === 'inside' && full && isHidden(wish.box, size.height)) continue;
        const box = at(place, wish.box, size, area);
        if (free(box) && (onFaces || hidesNobody(box, wish))) return { place, box, full };
      }
      return null;
    }
  }
}

/** Whether a face so small is hidden by a label so high; across a large one it takes but a strip. */
const isHidden = (face: Box, labelHeight: number): boolean => labelHeight * 5 > face[3];

const grow = ([x, y, width, height]: Box): Box => [x - GAP, y - GAP, width + 2 * GAP, height + 2 * GAP];
