/**
 * The models there are: the one that ships, and a folder for each that was trained here or came in a file. Which of
 * them judges the live picture, and which did before it, is one small file that is replaced whole.
 */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { modelIdSchema } from '../api';
import type { Comparison, CurvePoint, ModelDetail, ModelEntry, ModelList, ModelOrigin } from '../api';
import { cardPath, readCard } from '../nets/card';
import { pack, unpack, type Unpacked } from './archive';
import { aboutShipped, mainMetrics, readAbout, type About } from './model-about';
import { ModelStateFile } from './model-state';

/** The id of the model that ships. */
export const SHIPPED = 'shipped';
/** Models that can be rolled back to, one after the other. */
const MOST_BEFORE = 10;

export interface NewModel {
  /** Path of the .onnx file; its card lies beside it. Both are copied. */
  model: string;
  name: string;
  origin: ModelOrigin;
  parents: string[];
  job: number | null;
  curve?: CurvePoint[];
  comparison?: Comparison | null;
}

export class Registry {
  readonly #state: ModelStateFile;

  /**
   * @param folder holds a folder a model; need not be there
   * @param shipped path of the .onnx file that ships
   */
  constructor(
    readonly folder: string,
    readonly shipped: string,
  ) {
    this.#state = new ModelStateFile(join(folder, 'current.json'), SHIPPED);
  }

  /** Path of a model's .onnx file, whether or not it is there. */
  path(id: string): string {
    return id === SHIPPED ? this.shipped : join(this.folder, v.parse(modelIdSchema, id), 'model.onnx');
  }

  /** The model that judges the live picture; the one that ships where that is gone. */
  async current(): Promise<string> {
    const { current } = await this.#state.read();
    return (await this.has(current)) ? current : SHIPPED;
  }

  /** The model that judged before, of those that are still there; null when there is none. */
  async before(): Promise<string | null> {
    const { before } = await this.#state.read();
    for (const id of before) if (await this.has(id)) return id;
    return null;
  }

  has(id: string): Promise<boolean> {
    return stat(this.path(id)).then(
      () => true,
      () => false,
    );
  }

  async list(): Promise<ModelList> {
    const names = await readdir(this.folder).catch(() => []);
    const ids = names.filter((name) => v.is(modelIdSchema, name) && name !== SHIPPED);
    const entries = await Promise.all([...ids, SHIPPED].map((id) => this.#entry(id)));
    const models = entries.filter((entry) => entry !== null);
    models.sort(
      (a, b) => Number(a.id === SHIPPED) - Number(b.id === SHIPPED) || (a.added < b.added ? 1 : -1),
    );
    return { models, before: await this.before() };
  }

  /** @throws Error when there is no such model */
  async detail(id: string): Promise<ModelDetail> {
    const entry = await this.#entry(id);
    if (entry === null) throw noSuch(id);
    const [card, about] = [await readCard(this.path(id)), await this.#about(id)];
    return { entry, card, data: card.data, curve: about.curve, comparison: about.comparison };
  }

  /**
   * Takes in a model that was made here, whole or not at all.
   * @returns its id; that of a job's model is the same however often it is added
   */
  async add({ model, ...rest }: NewModel): Promise<string> {
    const about: About = {
      version: 1,
      added: new Date().toISOString(),
      curve: [],
      comparison: null,
      ...rest,
    };
    await readCard(model);
    return this.#place({
      model: await readFile(model),
      card: await readFile(cardPath(model), 'utf8'),
      about,
    });
  }

  /**
   * Takes in a model from another machine.
   * @param archive the bytes of a file that `export` gave
   * @param prove opens and tries the network at a path, and throws when it is no good
   * @returns its id
   * @throws Error in a sentence when it is not such a file, or holds what may not be in one
   */
  async import(archive: Uint8Array, prove: (model: string) => Promise<void>): Promise<string> {
    const { model, card, about } = await unpack(archive);
    // Faces of another machine's queue are not known here.
    const comparison = about.comparison && { ...about.comparison, changed: [] };
    const added = new Date().toISOString();
    const here: About = { ...about, comparison, added, origin: 'imported', job: null };
    return this.#place({ model, card, about: here }, prove);
  }

  /** A model as one file. @throws Error when there is no such model */
  async export(id: string): Promise<{ file: string; bytes: Buffer }> {
    if (!(await this.has(id))) throw noSuch(id);
    return { file: `${id}.maskwatch`, bytes: await pack(this.path(id), await this.#about(id)) };
  }

  /** Makes a model the current one; what was current can be rolled back to. */
  setCurrent(id: string): Promise<void> {
    return this.#state.change((state) => ({
      ...state,
      current: id,
      before: id === state.current ? state.before : [state.current, ...state.before].slice(0, MOST_BEFORE),
      faults: Object.fromEntries(Object.entries(state.faults).filter(([other]) => other !== id)),
    }));
  }

  /** The model before becomes the current one, and what is current is forgotten for that. */
  async rolledBack(to: string): Promise<void> {
    await this.#state.change((state) => {
      const at = state.before.indexOf(to);
      return { ...state, current: to, before: at < 0 ? [] : state.before.slice(at + 1) };
    });
  }

  /** @param fault what it did wrong, in a sentence */
  noteFault(id: string, fault: string): Promise<void> {
    return this.#state.change((state) => ({ ...state, faults: { ...state.faults, [id]: fault } }));
  }

  /** @throws Error when it is the one that ships, the current one, or not there */
  async remove(id: string): Promise<void> {
    if (id === SHIPPED) throw new Error('the model that ships cannot be removed');
    if (id === (await this.current()))
      throw new Error(`${id} judges the live picture; promote another or roll back first`);
    if (!(await this.has(id))) throw noSuch(id);
    // Renamed first: what is half removed is no model.
    const aside = join(this.folder, `.gone-${id}-${String(process.pid)}`);
    await rename(join(this.folder, id), aside);
    await rm(aside, { recursive: true, force: true });
    await this.#state.change((state) => ({ ...state, before: state.before.filter((other) => other !== id) }));
  }

  async #entry(id: string): Promise<ModelEntry | null> {
    const path = this.path(id);
    try {
      const [card, about, { size }] = await Promise.all([readCard(path), this.#about(id), stat(path)]);
      return {
        id,
        name: about.name,
        origin: about.origin,
        current: id === (await this.current()),
        added: about.added,
        parents: about.parents,
        job: about.job,
        parameters: card.parameters,
        inputSize: card.input.size,
        bytes: size,
        metrics: about.comparison?.after ?? mainMetrics(card),
        refused: about.comparison?.worse ?? null,
        fault: (await this.#state.read()).faults[id] ?? null,
      };
    } catch {
      return null; // Not a model, or one that is being removed.
    }
  }

  async #place({ model, card, about }: Unpacked, prove?: (model: string) => Promise<void>): Promise<string> {
    const id = await this.#newId(about);
    const temporary = join(this.folder, `.new-${id}-${String(process.pid)}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    try {
      await writeFile(join(temporary, 'model.onnx'), model);
      await writeFile(join(temporary, 'model.json'), card);
      await writeFile(join(temporary, 'about.json'), `${JSON.stringify(about, null, 1)}\n`);
      await prove?.(join(temporary, 'model.onnx'));
      // A job that was begun again after it had added its model replaces that.
      await rm(join(this.folder, id), { recursive: true, force: true });
      await rename(temporary, join(this.folder, id));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return id;
  }

  #about(id: string): Promise<About> {
    return id === SHIPPED ? aboutShipped(this.shipped) : readAbout(this.path(id));
  }

  /** The id of a job's model: always the same one. */
  idFor(name: string, job: number): string {
    return `${slugOf(name)}-job${String(job)}`;
  }

  async #newId({ name, job }: About): Promise<string> {
    if (job !== null) return this.idFor(name, job);
    const slug = slugOf(name);
    for (let n = 1; ; n++) {
      const id = n === 1 ? slug : `${slug}-${String(n)}`;
      if (!(await stat(join(this.folder, id)).catch(() => null))) return id;
    }
  }
}

/** A name as a folder's. */
function slugOf(name: string): string {
  const plain = name.toLowerCase().normalize('NFKD');
  const stem = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return (stem === '' || stem === SHIPPED ? 'model' : stem).slice(0, 48);
}

export const noSuch = (id: string): Error => new Error(`there is no model ${basename(id)}`);
