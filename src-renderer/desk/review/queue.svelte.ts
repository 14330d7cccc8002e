/** The review queue on the page: which faces are shown, which are chosen, and what the keys do with them. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { ReviewFace, ReviewFilter, ReviewLabel } from '../../../src-main/api';
import type { Work } from '../../work.svelte';

/** Pictures asked for at once, and faces shown at once. */
const PICTURES = 60;
const SHOWN = 200;

export class ReviewQueue {
  filter = $state.raw<ReviewFilter>({ state: 'waiting', order: 'newest', limit: SHOWN });
  faces = $state.raw<ReviewFace[] | null>(null);
  total = $state(0);
  /** Index of the face that keys act on. */
  at = $state(0);
  /** Faces chosen beside it. */
  readonly chosen = new SvelteSet<number>();
  /** Addresses of the pictures, by face. */
  readonly pictures = new SvelteMap<number, string>();

  constructor(private readonly work: Work) {}

  get face(): ReviewFace | null {
    return this.faces?.[this.at] ?? null;
  }

  /** What an order is given to: those that are chosen, else the one that has the focus. */
  get targets(): number[] {
    if (this.chosen.size > 0) return [...this.chosen];
    return this.face === null ? [] : [this.face.id];
  }

  async load(): Promise<void> {
    const page = await this.work.attempt((main) => main.reviewFaces(this.filter));
    if (page === null) return;
    this.faces = page.faces;
    this.total = page.total;
    this.at = Math.min(this.at, Math.max(0, page.faces.length - 1));
    const shown = page.faces.map(({ id }) => id);
    for (const id of [...this.chosen]) if (!shown.includes(id)) this.chosen.delete(id);
    for (const id of [...this.pictures.keys()]) if (!shown.includes(id)) this.#forget(id);
    await this.#loadPictures(page.faces);
  }

  async show(filter: Partial<ReviewFilter>): Promise<void> {
    const next = Object.entries({ ...this.filter, ...filter }).filter(([, value]) => value !== undefined);
    this.filter = Object.fromEntries(next) as ReviewFilter;
    this.at = 0;
    this.chosen.clear();
    await this.load();
  }

  move(by: number): void {
    const most = (this.faces?.length ?? 0) - 1;
    this.at = Math.max(0, Math.min(most, this.at + by));
  }

  toggle(id: number): void {
    if (!this.chosen.delete(id)) this.chosen.add(id);
  }

  /** All that are shown, or none when all are. */
  toggleAll(): void {
    const faces = this.faces ?? [];
    const all = this.chosen.size === faces.length;
    this.chosen.clear();
    if (!all) for (const { id } of faces) this.chosen.add(id);
  }

  async label(label: ReviewLabel | null): Promise<void> {
    const ids = this.targets;
    if (ids.length === 0) return;
    const batch = this.chosen.size > 0;
    const counts = await this.work.attempt((main) => main.labelFaces(ids, label));
    if (counts === null) return;
    this.work.takeCounts(counts);
    this.chosen.clear();
    // Where labelled faces stay in view, the next one has its turn; where they leave, it comes by itself.
    const stays = this.filter.state !== 'waiting';
    await this.load();
    if (stays && !batch) this.move(1);
  }

  async undo(): Promise<void> {
    const faces = await this.work.attempt((main) => main.undoLabels());
    if (faces === null || faces.length === 0) return;
    await this.load();
    const at = this.faces?.findIndex(({ id }) => id === faces[0]!.id) ?? -1;
    if (at >= 0) this.at = at;
  }

  async remove(): Promise<void> {
    const ids = this.targets;
    if (ids.length === 0) return;
    const counts = await this.work.attempt((main) => main.deleteFaces(ids));
    if (counts === null) return;
    this.work.takeCounts(counts);
    await this.load();
  }

  close(): void {
    for (const id of [...this.pictures.keys()]) this.#forget(id);
  }

  #forget(id: number): void {
    URL.revokeObjectURL(this.pictures.get(id)!);
    this.pictures.delete(id);
  }

  async #loadPictures(faces: readonly ReviewFace[]): Promise<void> {
    const wanted = faces.map(({ id }) => id).filter((id) => !this.pictures.has(id));
    for (let from = 0; from < wanted.length; from += PICTURES) {
      const crops = await this.work.attempt((main) => main.reviewCrops(wanted.slice(from, from + PICTURES)));
      for (const { id, png } of crops ?? [])
        if (!this.pictures.has(id)) {
          const blob = new Blob([new Uint8Array(png)], { type: 'image/png' });
          this.pictures.set(id, URL.createObjectURL(blob));
        }
    }
  }
}
