// merge-trees.ts — the open MergeTree tables of a store, and the folders of their parts.

import { WinnowError } from '../base/errors.ts';
import type { MergeTreeDefinition } from '../catalog/definitions.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import { PartFolder } from '../parts/part-folder.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import { MergeTreeTable, type MergeTreeServices } from './merge-tree-table.ts';

export class MergeTrees {
  readonly #tables = new Map<number, MergeTreeTable>();
  readonly #services: MergeTreeServices;
  readonly #readers: ReaderCache;
  readonly #folderOf: (uuid: string) => string;

  constructor(
    services: MergeTreeServices,
    { readers, folderOf }: { readonly readers: ReaderCache; readonly folderOf: (uuid: string) => string },
  ) {
    this.#services = services;
    this.#readers = readers;
    this.#folderOf = folderOf;
  }

  /** Errors: UNKNOWN_TABLE when it was dropped since its definition was looked up. */
  get(id: number): MergeTreeTable {
    const table = this.#tables.get(id);
    if (table) return table;
    throw new WinnowError('UNKNOWN_TABLE', 'the table was dropped meanwhile');
  }

  add(definition: MergeTreeDefinition, folder: PartFolder): void {
    this.#tables.set(definition.id, new MergeTreeTable(definition, folder, this.#services));
  }

  /** Errors: CANNOT_OPEN_FILE when the folder is gone, whose parts nothing else names. */
  async load(definition: MergeTreeDefinition): Promise<void> {
    const { database, name, parts } = definition;
    const file = `${this.#folderOf(parts.uuid)}/format_version.txt`;
    if (!(await this.#services.ports.files.read(file)))
      throw new WinnowError('CANNOT_OPEN_FILE', `the parts of ${database}.${name} are gone: no ${file}`, {
        hint: 'Restore the folder from a backup.',
      });
    const folder = await this.openFolder(definition);
    this.add(definition, folder);
  }

  openFolder(definition: MergeTreeDefinition): Promise<PartFolder> {
    const path = this.#folderOf(definition.parts.uuid);
    return PartFolder.open(this.#services.ports, path, partSchemaOf(definition, definition), this.#readers);
  }

  /** Ends the work on a table that was dropped; its folder stays until nobody reads it. */
  async remove(definition: MergeTreeDefinition): Promise<MergeTreeTable> {
    const table = this.get(definition.id);
    this.#tables.delete(definition.id);
    const { database, name } = definition;
    await table.close(new WinnowError('UNKNOWN_TABLE', `Table ${database}.${name} was dropped`));
    return table;
  }

  async close(reason: WinnowError): Promise<void> {
    await Promise.all([...this.#tables.values()].map((table) => table.close(reason)));
  }
}
