// dropped-data.ts — deletes, in the background, what dropped tables and index tables leave.
//
// Keeps true: an object's record goes last, so that what a crash leaves is found and deleted when the store is opened again.

import type { Catalog, CatalogObject } from '../catalog/catalog.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv, KvRange } from '../kv/kv.ts';
import type { Committer } from '../log/committer.ts';
import { deleteRange } from '../log/delete-range.ts';
import {
  indexDetailsRange,
  indexEntriesRange,
  indexPositionsRange,
  indexReservationsRange,
  tableLogRange,
  tableRowsRange,
  tableStateKey,
} from '../log/keyspace.ts';
import { isIndexFailure, isStoreGone } from '../pipeline/store-gone.ts';

export type DroppedDataServices = {
  readonly kv: Kv;
  readonly ports: Pick<Ports, 'files'>;
  readonly committer: Committer;
  readonly catalog: Catalog;
  /** The folder of a table's parts. */
  readonly folderOf: (uuid: string) => string;
};

export class DroppedData {
  readonly #services: DroppedDataServices;
  #work: Promise<void> = Promise.resolve();
  #ending = false;

  constructor(services: DroppedDataServices) {
    this.#services = services;
  }

  /** The object is marked as dropped, and nobody reads it any more. */
  delete(object: CatalogObject): void {
    this.first(() => this.#delete(object));
  }

  /** Runs before whatever is deleted later. */
  first(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }

  /** What is not deleted yet is left to the next opening. */
  end(): void {
    this.#ending = true;
  }

  /** After `end`: resolves when nothing runs. */
  close(): Promise<void> {
    return this.#work;
  }

  async #delete(object: CatalogObject): Promise<void> {
    const { ports, committer, catalog, folderOf } = this.#services;
    try {
      for (const range of rangesOf(object)) await deleteRange(this.#services, range, () => !this.#ending);
      if (this.#ending) return;
      if (object.kind !== 'rowTable' && object.parts) await ports.files.remove(folderOf(object.parts.uuid));
      await committer.apply((batch) => {
        if (object.kind === 'rowTable') batch.delete(tableStateKey(object.id));
        catalog.forget(batch, object);
      });
    } catch (error) {
      // What a disk refuses to delete is left to the next opening, too.
      if (!isStoreGone(error) && !isIndexFailure(error)) throw error;
    }
  }
}

function rangesOf({ kind, id }: CatalogObject): KvRange[] {
  if (kind === 'rowTable') return [tableRowsRange(id), tableLogRange(id)];
  return [indexEntriesRange(id), indexDetailsRange(id), indexPositionsRange(id), indexReservationsRange(id)];
}
