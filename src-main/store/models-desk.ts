/** Models for the pages: what they may ask of the registry, and telling them when it changes. */
import type { DeskEvent, DeskFunctions, ModelList } from '../api';
import type { LiveModel } from '../live';
import type { Offered } from '../rpc';
import type { Registry } from './registry';

export interface ModelsDeskParts {
  registry: Registry;
  live: Pick<LiveModel, 'promote' | 'rollBack'>;
  /** Opens and tries a network; throws when it is no good. */
  prove: (model: string) => Promise<void>;
  tell: (event: DeskEvent) => void;
}

export class ModelsDesk {
  constructor(private readonly parts: ModelsDeskParts) {}

  /** Tells every page what models there are. */
  async tellAll(): Promise<ModelList> {
    const list = await this.parts.registry.list();
    this.parts.tell({ type: 'models', list });
    return list;
  }

  functions() {
    const { registry, live, prove } = this.parts;
    const after = async (change: Promise<unknown>): Promise<ModelList> => {
      await change;
      return this.tellAll();
    };
    return {
      models: () => registry.list(),
      modelDetail: (id) => registry.detail(id),
      promoteModel: (id) => after(live.promote(id)),
      rollBackModel: () => after(live.rollBack()),
      removeModel: (id) => after(registry.remove(id)),
      importModel: (archive) => after(registry.import(archive, prove)),
      exportModel: async (id) => {
        const { file, bytes } = await registry.export(id);
        return { file, bytes: new Uint8Array(bytes) };
      },
    } satisfies Partial<Offered<DeskFunctions>>;
  }
}
