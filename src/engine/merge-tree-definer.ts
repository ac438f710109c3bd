// merge-tree-definer.ts — data definition of MergeTree tables, for data-definition.ts, which runs one statement at a time.

import { must } from '../base/assert.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { MergeTreeDefinition, SkipIndexDefinition } from '../catalog/definitions.ts';
import type { KvBatch } from '../kv/kv.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { DroppedData } from './dropped-data.ts';
import type { MergeTrees } from './merge-trees.ts';

export type MergeTreeDefinerServices = {
  readonly catalog: Catalog;
  readonly pipeline: Pipeline;
  readonly readers: ReaderCache;
  readonly mergeTrees: MergeTrees;
  readonly dropped: DroppedData;
  /** Commits what `change` writes; what it does beside that happens in the same turn. */
  readonly define: (change: (batch: KvBatch) => void) => Promise<void>;
};

/** The skip indexes that a table is to have; undefined: it keeps its own. */
export type ChangeSkipIndexes = (table: MergeTreeDefinition) => readonly SkipIndexDefinition[] | undefined;

export class MergeTreeDefiner {
  readonly #services: MergeTreeDefinerServices;

  constructor(services: MergeTreeDefinerServices) {
    this.#services = services;
  }

  async create(input: Omit<MergeTreeDefinition, 'id' | 'kind'>): Promise<MergeTreeDefinition> {
    const { catalog, define, mergeTrees } = this.#services;
    const folder = await mergeTrees.openFolder({ ...input, kind: 'mergeTree', id: 0 });
    let definition: MergeTreeDefinition | undefined;
    await define((batch) => {
      definition = { ...input, kind: 'mergeTree', id: catalog.takeId(batch) };
      catalog.add(batch, definition);
      mergeTrees.add(definition, folder);
    });
    return must(definition, 'a definition is made before it is committed');
  }

  /** Errors: those of `change`, UNKNOWN_TABLE when it was dropped since its definition was looked up. */
  async changeSkipIndexes(id: number, change: ChangeSkipIndexes): Promise<void> {
    const { catalog, define, mergeTrees } = this.#services;
    const table = mergeTrees.get(id);
    const old = catalog.findById(id) as MergeTreeDefinition;
    const skipIndexes = change(old);
    if (!skipIndexes) return;
    const next = { ...old, parts: { ...old.parts, skipIndexes } };
    await table.changeIndexes(next, () => define((batch) => catalog.change(batch, next)));
  }

  /** It goes on under a new id, with parts in the folder of that uuid. */
  async truncate(old: MergeTreeDefinition, uuid: string): Promise<void> {
    const { catalog, define, mergeTrees } = this.#services;
    const parts = { ...old.parts, uuid };
    const folder = await mergeTrees.openFolder({ ...old, parts });
    await define((batch) => {
      catalog.markDropped(batch, old);
      const renewed = { ...old, parts, id: catalog.takeId(batch) };
      catalog.add(batch, renewed);
      mergeTrees.add(renewed, folder);
    });
    await this.#end(old);
  }

  async drop(definition: MergeTreeDefinition): Promise<void> {
    const { catalog, define } = this.#services;
    await define((batch) => catalog.markDropped(batch, definition));
    await this.#end(definition);
  }

  /** Of one that is marked as dropped. */
  async #end(definition: MergeTreeDefinition): Promise<void> {
    const { dropped, mergeTrees, pipeline, readers } = this.#services;
    const table = await mergeTrees.remove(definition);
    pipeline.views.afterOpenViews(() => {
      for (const part of table.folder.parts) readers.forget(part.folder);
      // The views that ended have let go of parts that merges had replaced.
      dropped.first(() => table.folder.close());
      dropped.delete(definition);
    });
  }
}
