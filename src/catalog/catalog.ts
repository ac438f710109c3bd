// catalog.ts — the databases, row tables and index tables of a store, in memory and as records in the store.
//
// Keeps true: an id is never used twice; the record of an object is in the store before the object can be used.
// A dropped object's record stays, marked, until its data is gone, so that a crash does not leave bytes behind.

import { assert } from '../base/assert.ts';
import { nearestName } from '../base/nearest.ts';
import { WinnowError } from '../base/errors.ts';
import type { Kv, KvBatch, KvEntry, KvRange } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import { catalogKey, catalogRange, databaseKey, databaseRange, NEXT_ID_KEY } from '../log/keyspace.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { IndexTableDefinition, TableDefinition } from './definitions.ts';

export type CatalogObject = TableDefinition | IndexTableDefinition;

type StoredObject = { readonly definition: CatalogObject; readonly dropped: boolean };

export const DEFAULT_DATABASE = 'default';

const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export class Catalog {
  readonly #databases = new Set<string>();
  readonly #objects = new Map<number, CatalogObject>();
  readonly #names = new Map<string, CatalogObject>();
  #nextId = 1;
  /** Rises with every change, so that holders of a definition know when to look again. */
  version = 0;

  /** Reads the catalog; the result names dropped objects whose data is still there. */
  static async open(kv: Kv): Promise<{ catalog: Catalog; dropped: CatalogObject[] }> {
    const catalog = new Catalog();
    const dropped: CatalogObject[] = [];
    catalog.#databases.add(DEFAULT_DATABASE);
    for (const key of (await readAll(kv, databaseRange())).map(([key]) => key)) {
      catalog.#databases.add(Buffer.from(key.subarray(1)).toString());
    }
    for (const [, value] of await readAll(kv, catalogRange())) {
      const stored = JSON.parse(Buffer.from(value).toString()) as StoredObject;
      if (stored.dropped) dropped.push(stored.definition);
      else catalog.#remember(stored.definition);
    }
    const next = kv.get(NEXT_ID_KEY);
    if (next) catalog.#nextId = Number(Buffer.from(next).toString());
    return { catalog, dropped };
  }

  /** Above the id of every object there is, or ever was. */
  get nextId(): number {
    return this.#nextId;
  }

  databases(): string[] {
    return [...this.#databases].sort();
  }

  hasDatabase(name: string): boolean {
    return this.#databases.has(name);
  }

  objects(): CatalogObject[] {
    return [...this.#objects.values()];
  }

  find(database: string, name: string): CatalogObject | undefined {
    return this.#names.get(nameKey(database, name));
  }

  findById(id: number): CatalogObject | undefined {
    return this.#objects.get(id);
  }

  indexTablesOf(rowTableId: number): IndexTableDefinition[] {
    return this.objects().filter(
      (o): o is IndexTableDefinition => o.kind === 'indexTable' && o.rowTableId === rowTableId,
    );
  }

  /** Errors: HAVE_DEPENDENT_OBJECTS when tables are co-located with that object. */
  assertNoChildren(id: number): void {
    const parent = this.#objects.get(id);
    const children = this.objects().filter(
      (o) =>
        o.kind === 'rowTable' &&
        o.colocatedWith?.name === parent?.name &&
        o.colocatedWith?.database === parent?.database,
    );
    if (!parent || children.length === 0) return;
    const names = children.map(({ database, name }) => `${database}.${name}`).join(', ');
    throw new WinnowError(
      'HAVE_DEPENDENT_OBJECTS',
      `tables are co-located with ${parent.database}.${parent.name}: ${names}`,
      { hint: 'Drop them first.' },
    );
  }

  assertDatabase(name: string): void {
    if (this.#databases.has(name)) return;
    const near = nearestName(name, this.databases());
    throw new WinnowError(
      'UNKNOWN_DATABASE',
      `Database ${name} does not exist`,
      near ? { hint: `Maybe you meant ${near}?` } : {},
    );
  }

  assertNameFree(database: string, name: string): void {
    if (this.find(database, name))
      throw new WinnowError('TABLE_ALREADY_EXISTS', `Table ${database}.${name} already exists`);
  }

  createDatabase(batch: KvBatch, name: string): void {
    if (this.#databases.has(name))
      throw new WinnowError('DATABASE_ALREADY_EXISTS', `Database ${name} already exists`);
    batch.put(databaseKey(name), Buffer.alloc(0));
    this.#databases.add(name);
    this.version++;
  }

  dropDatabase(batch: KvBatch, name: string): void {
    this.assertDatabase(name);
    if (name === DEFAULT_DATABASE)
      throw new WinnowError('BAD_ARGUMENTS', `database ${name} cannot be dropped`);
    const tables = this.objects().filter((o) => o.database === name);
    if (tables.length > 0) {
      const names = tables.map((o) => o.name).join(', ');
      throw new WinnowError('DATABASE_NOT_EMPTY', `database ${name} still has tables: ${names}`, {
        hint: 'Drop them first.',
      });
    }
    batch.delete(databaseKey(name));
    this.#databases.delete(name);
    this.version++;
  }

  /** Takes the next id and writes it down in the same batch. */
  takeId(batch: KvBatch): number {
    const id = this.#nextId++;
    batch.put(NEXT_ID_KEY, encode(this.#nextId));
    return id;
  }

  add(batch: KvBatch, definition: CatalogObject): void {
    this.assertDatabase(definition.database);
    this.assertNameFree(definition.database, definition.name);
    if (definition.kind === 'rowTable') this.#assertParent(definition);
    batch.put(catalogKey(definition.id), encode({ definition, dropped: false } satisfies StoredObject));
    this.#remember(definition);
    this.version++;
  }

  /** Writes down an object that nobody finds yet, until `add`: a crash before that drops it. */
  prepare(batch: KvBatch, definition: CatalogObject): void {
    batch.put(catalogKey(definition.id), encode({ definition, dropped: true } satisfies StoredObject));
  }

  /** The same object with another definition; its name stays. */
  change(batch: KvBatch, definition: CatalogObject): void {
    batch.put(catalogKey(definition.id), encode({ definition, dropped: false } satisfies StoredObject));
    this.#remember(definition);
    this.version++;
  }

  /** Takes the object out of use; `forget` ends it when its data is gone. */
  markDropped(batch: KvBatch, definition: CatalogObject): void {
    assert(this.#objects.delete(definition.id), 'only a known object is dropped');
    this.#names.delete(nameKey(definition.database, definition.name));
    batch.put(catalogKey(definition.id), encode({ definition, dropped: true } satisfies StoredObject));
    this.version++;
  }

  /** It may have been dropped since it was looked up. */
  #assertParent({ colocatedWith: parent }: RowTableDefinition): void {
    if (!parent || this.find(parent.database, parent.name)) return;
    throw new WinnowError('UNKNOWN_TABLE', `Table ${parent.database}.${parent.name} does not exist`);
  }

  forget(batch: KvBatch, definition: CatalogObject): void {
    batch.delete(catalogKey(definition.id));
  }

  #remember(definition: CatalogObject): void {
    this.#objects.set(definition.id, definition);
    this.#names.set(nameKey(definition.database, definition.name), definition);
  }
}

const nameKey = (database: string, name: string): string => `${database}\0${name}`;

async function readAll(kv: Kv, range: KvRange): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const chunk of rangeChunks(kv, range, 1000)) entries.push(...chunk);
  return entries;
}
