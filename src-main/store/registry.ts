/**
 * The models there are: the one that ships, and a folder for each that was trained here or came in a file. Which of
 * them judges the live picture, and which did before it, is one small file that is replaced whole.
 */
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { modelIdSchema } from '../api';
import type { Comparison, CurvePoint, ModelDetail, ModelEntry, ModelList, ModelOrigin } from '../api';
import { cardPath, readCard } from '../nets/card';
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
    const { before } = await this.#state.read();
    return { models, before: before.find((id) => models.some((model) => model.id === id)) ?? null };
  }

  /** @throws Error when there is no such model */
  async detail(id: string): Promise<ModelDetail> {
    const entry = await this.#entry(id);
    if (entry === null) throw noSuch(id);
    const [card, about] = [await readCard(this.path(id)), await this.#about(id)];
    return { entry, card, data: card.data, curve: about.curve, comparison: about.comparison };
  }

  /**
   * Takes a model in, whole or not at all.
   * @returns its id; that of a job's model is the same however often it is added
   */
  async add({ model, ...rest }: NewModel): Promise<string> {
    await readCard(model);
    const about: About = {
      version: 1,
      added: new Date().toISOString(),
      curve: [],
      comparison: null,
      ...rest,
    };
    const id = await this.#newId(about);
    const temporary = join(this.folder, `.new-${id}-${String(process.pid)}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    try {
      await copyFile(model, join(temporary, 'model.onnx'));
      await copyFile(cardPath(model), join(temporary, 'model.json'));
      await writeFile(join(temporary, 'about.json'), `${JSON.stringify(about, null, 1)}\n`);
      // A job that was begun again, after it had added its model, replaces that.
      await rm(join(this.folder, id), { recursive: true, force: true });
      await rename(temporary, join(this.folder, id));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return id;
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

  #about(id: string): Promise<About> {
    return id === SHIPPED ? aboutShipped(this.shipped) : readAbout(this.path(id));
  }

  /** A name as a folder's, with the job's number or what makes it new. */
  async #newId({ name, job }: About): Promise<string> {
    const stem = name
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
    const slug = (stem === '' || stem === SHIPPED ? 'model' : stem).slice(0, 48);
    if (job !== null) return `${slug}-job${String(job)}`;
    for (let n = 1; ; n++) {
      const id = n === 1 ? slug : `${slug}-${String(n)}`;
      if (!(await stat(join(this.folder, id)).catch(() => null))) return id;
    }
  }
}

export const noSuch = (id: string): Error => new Error(`there is no model ${basename(id)}`);
