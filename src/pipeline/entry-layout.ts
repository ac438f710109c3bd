// entry-layout.ts — an index table's entries, and how a row's change becomes puts and deletes of them.
//
// Entry key:    the index columns, then the rest of the row table's primary key (order-preserving form).
// Entry value:  crc32c u32 LE · columns the entry stores beside its key (rows/fields.ts; nothing for KEYS)
// Of SPLIT:     crc32c u32 LE · the checksum of the detail u32 LE; and under the same key in the space of details
//               crc32c u32 LE · the covered columns.
// A checksum covers the stored key and what follows it.
//
// An entry is a function of the row alone, so the same change gives the same operations on every replay.

import { must } from '../base/assert.ts';
import type { CorruptionError } from '../base/errors.ts';
import {
  columnsOfPath,
  detailColumns,
  entryKeyColumns,
  entryValueColumns,
  type IndexTableDefinition,
} from '../catalog/definitions.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { detailKey, fillEntryPrefix, SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import type { TailOperation } from '../log/tail.ts';
import { Fields } from '../rows/fields.ts';
import type { ChangedRows, DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { Sharder } from '../rows/sharding.ts';
import { EntryError, EntryRowMaker } from './entry-rows.ts';
import type { RowFilter } from './row-filters.ts';
import { BODY_OFFSET, brokenSeal, checksumIn, isSealed, linkIn, seal } from './sealed-value.ts';
import type { Block, Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec, type KeyCodec } from '../types/key-codec.ts';
import { quotedTextAt } from '../types/text.ts';

export type Entry = {
  readonly shard: number;
  readonly storedKey: Buffer;
  readonly value: Buffer;
  /** Of SPLIT. */
  readonly detail: Buffer | undefined;
};

export class EntryLayout {
  readonly definition: IndexTableDefinition;
  readonly #keyColumns: readonly number[];
  readonly #valueColumns: readonly number[];
  readonly #keyNames: readonly string[];
  readonly #keyTypes: readonly DataType[];
  readonly #codec: KeyCodec;
  readonly #fields: Fields;
  readonly #detailColumns: readonly number[];
  readonly #detailFields: Fields | undefined;
  readonly #sharder: Sharder;
  readonly #rows: EntryRowMaker;

  constructor(definition: IndexTableDefinition, table: RowTableDefinition, filter: RowFilter) {
    const all = columnsOfPath(definition, table);
    const typesOf = (columns: readonly number[]): DataType[] => columns.map((column) => all[column]!.type);
    this.definition = definition;
    this.#rows = new EntryRowMaker(definition, table, filter);
    this.#keyColumns = entryKeyColumns(definition, table);
    this.#valueColumns = entryValueColumns(definition, table);
    this.#keyNames = this.#keyColumns.map((column) => all[column]!.name);
    this.#keyTypes = typesOf(this.#keyColumns);
    this.#codec = createKeyCodec(this.#keyTypes);
    this.#fields = new Fields(typesOf(this.#valueColumns));
    this.#detailColumns = detailColumns(definition, table);
    if (definition.layout === 'SPLIT') this.#detailFields = new Fields(typesOf(this.#detailColumns));
    this.#sharder = new Sharder(definition.sharding, typesOf(definition.sharding.columns));
  }

  /**
   * Splits changes into operations on target keys; an entry that stays as it is gives none.
   * Errors: EntryError naming the row, as `entriesOf` and `placed`.
   */
  split(sequence: Sequence, changed: ChangedRows): TailOperation[] {
    const before = this.#entriesBefore(changed);
    const after = this.entriesOf(changed.after);
    const operations: TailOperation[] = [];
    let nextBefore = 0;
    let nextAfter = 0;
    for (const change of changed.changes) {
      const old = change.before ? before[nextBefore++] : undefined;
      const next = change.after ? after[nextAfter++] : undefined;
      const stays = old && next && old.storedKey.equals(next.storedKey);
      const movedTo = old && next && old.shard !== next.shard ? next.shard : undefined;
      const replaced = old && checksumIn(old.value);
      if (old && !stays) operations.push(deleteOf(sequence, old, replaced, movedTo));
      if (next && !(stays && holdsTheSame(old, next)))
        operations.push(putOf(sequence, next, stays ? replaced : undefined));
    }
    return operations;
  }

  #entriesBefore({ before }: ChangedRows): (Entry | undefined)[] {
    try {
      return this.entriesOf(before);
    } catch (error) {
      if (error instanceof EntryError) error.isOver = true;
      throw error;
    }
  }

  /** Columns of the rows that have an entry, and which of these rows lie in each target shard. */
  placed(
    rows: DecodedRows,
    columns: readonly number[],
  ): { readonly block: Block; readonly ofShard: Uint32Array[] } {
    const { column, rowCount } = this.#rows.of(rows);
    const { sharding } = this.definition;
    const shardColumns = sharding.columns.map(column);
    const chosen = Array.from({ length: sharding.shardCount }, (): number[] => []);
    for (let row = 0; row < rowCount; row++) chosen[this.#sharder.shardOf(shardColumns, row)]!.push(row);
    return {
      block: { rowCount, columns: columns.map(column) },
      ofShard: chosen.map((list) => Uint32Array.from(list)),
    };
  }

  /** The entry of each row; undefined for a row that has none. */
  entriesOf(rows: DecodedRows): (Entry | undefined)[] {
    if (rows.rows.length === 0) return [];
    const { column, places, rowCount } = this.#rows.of(rows);
    const pick = (columns: readonly number[]): Column[] => columns.map(column);
    const keyColumns = pick(this.#keyColumns);
    const shardColumns = pick(this.definition.sharding.columns);
    const columns = {
      keyColumns,
      valueColumns: pick(this.#valueColumns),
      detailColumns: pick(this.#detailColumns),
    };
    const entries = new Array<Entry | undefined>(rows.rows.length).fill(undefined);
    for (let row = 0; row < rowCount; row++) {
      const shard = this.#sharder.shardOf(shardColumns, row);
      entries[places ? places[row]! : row] = this.#entry(shard, columns, row);
    }
    return entries;
  }

  /** Entries of one shard from their columns (by position): what `decode` undoes. */
  encode(shard: number, block: Block, columns: readonly number[]): KvEntry[] {
    const pick = pickFrom(block, columns);
    const keyColumns = pick(this.#keyColumns);
    const valueColumns = pick(this.#valueColumns);
    return Array.from({ length: block.rowCount }, (_, row) => {
      const { storedKey, value } = this.#entry(shard, { keyColumns, valueColumns, detailColumns: [] }, row);
      return [storedKey, value] as const;
    });
  }

  /** Where the entries lie whose key columns are in the block. */
  addresses(
    block: Block,
    columns: readonly number[],
  ): { readonly shard: number; readonly storedKey: Buffer }[] {
    const pick = pickFrom(block, columns);
    const keyColumns = pick(this.#keyColumns);
    const shardColumns = pick(this.definition.sharding.columns);
    return Array.from({ length: block.rowCount }, (_, row) => {
      const shard = this.#sharder.shardOf(shardColumns, row);
      return { shard, storedKey: this.#storedKey(shard, keyColumns, row) };
    });
  }

  #entry(
    shard: number,
    { keyColumns, valueColumns, detailColumns: details }: ColumnsOfEntry,
    row: number,
  ): Entry {
    const storedKey = this.#storedKey(shard, keyColumns, row);
    const fields = this.#detailFields;
    const detail = fields && seal(detailKey(storedKey), { fields, columns: details, row });
    const link = detail && checksumIn(detail);
    const value = seal(storedKey, { fields: this.#fields, columns: valueColumns, row }, link);
    return { shard, storedKey, value, detail };
  }

  #storedKey(shard: number, keyColumns: readonly Column[], row: number): Buffer {
    const key = this.#codec.encode(keyColumns, row, SHARD_PREFIX_BYTES);
    return fillEntryPrefix(key, this.definition.id, shard);
  }

  /** Throws CorruptionError when the value is not what was written under this key. */
  check(entry: KvEntry): void {
    if (!isSealed(entry)) throw this.#corruption(entry, 'stored key');
  }

  #corruption(entry: KvEntry, what: string): CorruptionError {
    const { database, name } = this.definition;
    const key = Buffer.from(entry[0]).toString('hex');
    return brokenSeal(entry, `index table ${database}.${name}, ${what} ${key}`);
  }

  /** The checksum that the value begins with when it is right, another number when it is wrong. */
  fingerprint(entry: KvEntry): number {
    const found = checksumIn(entry[1]);
    return isSealed(entry) ? found : ~found;
  }

  /** The entry's detail is there, whole and its own. */
  fitsDetail([storedKey, value]: KvEntry, detail: Uint8Array | undefined): boolean {
    if (!this.#detailFields) return true;
    return (
      detail !== undefined && isSealed([detailKey(storedKey), detail]) && checksumIn(detail) === linkIn(value)
    );
  }

  /** Columns of details, given with their entries' stored keys. Errors: CorruptionError of a damaged or absent one. */
  decodeDetails(details: readonly KvEntry[], columns: readonly number[]): Block {
    const fields = must(this.#detailFields, 'the index table keeps details');
    for (const detail of details) if (!isSealed(detail)) throw this.#corruption(detail, 'detail');
    const values = details.map(([, value]) => value);
    return {
      rowCount: details.length,
      columns: columns.map((column) =>
        fields.decode(values, BODY_OFFSET, this.#detailColumns.indexOf(column)),
      ),
    };
  }

  /** Columns (by position) of entries that were checked. */
  decode(entries: readonly KvEntry[], columns: readonly number[]): Block {
    const builders = this.#keyColumns.map((column, i) =>
      columns.includes(column) ? createColumnBuilder(this.#keyTypes[i]!, entries.length) : undefined,
    );
    if (builders.some((builder) => builder !== undefined)) {
      for (const [storedKey] of entries) this.#codec.decodeInto(storedKey, builders, SHARD_PREFIX_BYTES);
    }
    const values = entries.map(([, value]) => value);
    const decoded = columns.map((column) => {
      const builder = builders[this.#keyColumns.indexOf(column)];
      return builder
        ? builder.finish()
        : this.#fields.decode(values, BODY_OFFSET, this.#valueColumns.indexOf(column));
    });
    return { rowCount: entries.length, columns: decoded };
  }

  /** The columns of an entry's key, for a person: `buyer = 7, id = 12`. */
  keyText(storedKey: Uint8Array): string {
    const { columns } = this.decode([[storedKey, new Uint8Array()]], this.#keyColumns);
    return columns.map((column, i) => `${this.#keyNames[i]!} = ${quotedTextAt(column, 0)}`).join(', ');
  }
}

/** The columns of entries, in the order of the layout. */
type ColumnsOfEntry = {
  readonly keyColumns: readonly Column[];
  readonly valueColumns: readonly Column[];
  readonly detailColumns: readonly Column[];
};

function pickFrom(block: Block, columns: readonly number[]): (wanted: readonly number[]) => Column[] {
  return (wanted) =>
    wanted.map((column) => must(block.columns[columns.indexOf(column)], 'an entry has its columns'));
}

function holdsTheSame(a: Entry, b: Entry): boolean {
  return a.value.equals(b.value) && (!a.detail || a.detail.equals(b.detail!));
}

function putOf(sequence: Sequence, entry: Entry, replaced: number | undefined): TailOperation {
  const { shard, storedKey, value, detail } = entry;
  return { sequence, shard, name: nameOf(entry), storedKey, value, detail, replaced, movedTo: undefined };
}

function deleteOf(
  sequence: Sequence,
  entry: Entry,
  replaced: number | undefined,
  movedTo: number | undefined,
): TailOperation {
  const { shard, storedKey } = entry;
  return { sequence, shard, name: nameOf(entry), storedKey, value: undefined, replaced, movedTo };
}

const nameOf = ({ storedKey }: Entry): string => storedKey.toString('latin1', SHARD_PREFIX_BYTES);
