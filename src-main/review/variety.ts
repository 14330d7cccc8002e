/**
 * Which faces to keep when there is room for a number of them only: those that are least like one another. Greedy
 * farthest-point choice (Gonzalez 1985), one face at a time: of the two most alike the newer goes.
 */

export interface Sight {
  id: number;
  visit: string;
  /** Of unit length. */
  signature: Float32Array;
}

/** Likeness from which two faces of one visit are the same picture again, −1 to 1. */
const SAME = 0.97;

/** How alike two faces look: the cosine between their signatures. */
export function likeness(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export class Variety {
  readonly #sights = new Map<number, Sight>();
  /** For each face the one most like it among the others, and how much. */
  readonly #nearest = new Map<number, { id: number; alike: number }>();

  constructor(sights: readonly Sight[]) {
    for (const sight of sights) this.add(sight);
  }

  get size(): number {
    return this.#sights.size;
  }

  /** Whether a face shows what one of the same visit shows already. */
  isRepeated({ visit, signature }: Omit<Sight, 'id'>): boolean {
    for (const other of this.#sights.values())
      if (other.visit === visit && likeness(other.signature, signature) > SAME) return true;
    return false;
  }

  add(sight: Sight): void {
    let best = { id: -1, alike: -Infinity };
    for (const other of this.#sights.values()) {
      const alike = likeness(sight.signature, other.signature);
      if (alike > best.alike) best = { id: other.id, alike };
      if (alike > (this.#nearest.get(other.id)?.alike ?? -Infinity))
        this.#nearest.set(other.id, { id: sight.id, alike });
    }
    this.#sights.set(sight.id, sight);
    this.#nearest.set(sight.id, best);
  }

  remove(id: number): void {
    this.#sights.delete(id);
    this.#nearest.delete(id);
    for (const [other, nearest] of this.#nearest) if (nearest.id === id) this.#look(other);
  }

  /** The face that is missed least: the newer of the two most alike. Null when there is none. */
  leastMissed(): number | null {
    let most: { id: number; alike: number } | null = null;
    for (const [id, { id: other, alike }] of this.#nearest)
      if (most === null || alike > most.alike) most = { id: Math.max(id, other), alike };
    return most?.id ?? null;
  }

  #look(id: number): void {
    const { signature } = this.#sights.get(id)!;
    let best = { id: -1, alike: -Infinity };
    for (const other of this.#sights.values()) {
      if (other.id === id) continue;
      const alike = likeness(signature, other.signature);
      if (alike > best.alike) best = { id: other.id, alike };
    }
    this.#nearest.set(id, best);
  }
}
