// entry-layout.ts — an index table's entries, and how a row's change becomes puts and deletes of them.
//
// Entry key:    the index columns, then the rest of the row table's primary key (order-preserving form).
// Entry value:  crc32c u32 LE · columns the entry stores beside its key (rows/fields.ts; nothing for KEYS)
// The checksum covers the stored key and the value after it.
//
// An entry is a function of the row alone, so the same change gives the same operations on every replay.

import { must } from '../base/assert.ts';
import { crc32c } from '../base/crc32c.ts';
import { CorruptionError } from '../base/errors.ts';
import {
  columnsOfPath,
  entryKeyColumns,
  entryValueColumns,
  type IndexTableDefinition,
} from '../catalog/definitions.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { fillEntryPrefix, SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import type { TailOperation } from '../log/tail.ts';
import { Fields } from '../rows/fields.ts';
import type { ChangedRows, DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { Sharder } from '../rows/sharding.ts';
import { EntryError, EntryRowMaker } from './entry-rows.ts';
import type { Block, Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec, type KeyCodec } from '../types/key-codec.ts';
import { quotedTextAt } from '../types/text.ts';

const BODY_OFFSET = 4;

export type Entry = { readonly shard: number; readonly storedKey: Buffer; readonly value: Buffer };

export class EntryLayout {
  readonly definition: IndexTableDefinition;
  readonly #keyColumns: readonly number[];
  readonly #valueColumns: readonly number[];
  readonly #keyNames: readonly string[];
  readonly #keyTypes: readonly DataType[];
  readonly #codec: KeyCodec;
  readonly #fields: Fields;
  readonly #sharder: Sharder;
  readonly #rows: EntryRowMaker;

  constructor(definition: IndexTableDefinition, table: RowTableDefinition) {
    const all = columnsOfPath(definition, table);
    const typesOf = (columns: readonly number[]): DataType[] => columns.map((column) => all[column]!.type);
    this.definition = definition;
    this.#rows = new EntryRowMaker(definition, table);
    this.#keyColumns = entryKeyColumns(definition, table);
    this.#valueColumns = entryValueColumns(definition, table);
    this.#keyNames = this.#keyColumns.map((column) => all[column]!.name);
    this.#keyTypes = typesOf(this.#keyColumns);
    this.#codec = createKeyCodec(this.#keyTypes);
    this.#fields = new Fields(typesOf(this.#valueColumns));
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
      if (old && !stays) operations.push(operation(sequence, old, undefined, replaced, movedTo));
      if (next && !(stays && old.value.equals(next.value)))
        operations.push(operation(sequence, next, next.value, stays ? replaced : undefined, undefined));
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
    const valueColumns = pick(this.#valueColumns);
    const entries = new Array<Entry | undefined>(rows.rows.length).fill(undefined);
    for (let row = 0; row < rowCount; row++) {
      const shard = this.#sharder.shardOf(shardColumns, row);
      entries[places ? places[row]! : row] = this.#entry(shard, keyColumns, valueColumns, row);
    }
    return entries;
  }

  /** Entries of one shard from their columns (by position): what `decode` undoes. */
  encode(shard: number, block: Block, columns: readonly number[]): KvEntry[] {
    const pick = (wanted: readonly number[]): Column[] =>
      wanted.map((column) => must(block.columns[columns.indexOf(column)], 'an entry has its columns'));
    const keyColumns = pick(this.#keyColumns);
    const valueColumns = pick(this.#valueColumns);
    return Array.from({ length: block.rowCount }, (_, row) => {
      const { storedKey, value } = this.#entry(shard, keyColumns, valueColumns, row);
      return [storedKey, value] as const;
    });
  }

  #entry(shard: number, keyColumns: readonly Column[], valueColumns: readonly Column[], row: number): Entry {
    const key = this.#codec.encode(keyColumns, row, SHARD_PREFIX_BYTES);
    const storedKey = fillEntryPrefix(key, this.definition.id, shard);
    return { shard, storedKey, value: this.#value(storedKey, valueColumns, row) };
  }

  #value(storedKey: Buffer, columns: readonly Column[], row: number): Buffer {
    const value = Buffer.allocUnsafe(BODY_OFFSET + this.#fields.sizeBytes(columns, row));
    this.#fields.write(value, BODY_OFFSET, columns, row);
    value.writeUInt32LE(checksum(storedKey, value), 0);
    return value;
  }

  /** Throws CorruptionError when the value is not what was written under this key. */
  check([storedKey, value]: KvEntry): void {
    const expected = checksum(storedKey, value);
    const found = value.length < BODY_OFFSET ? 0 : checksumIn(value) >>> 0;
    if (value.length >= BODY_OFFSET && found === expected) return;
    const { database, name } = this.definition;
    const where = `index table ${database}.${name}, stored key ${Buffer.from(storedKey).toString('hex')}`;
    throw new CorruptionError(where, `checksum ${expected.toString(16)}`, found.toString(16));
  }

  /** The checksum that the value begins with when it is right, another number when it is wrong. */
  fingerprint([storedKey, value]: KvEntry): number {
    const found = checksumIn(value);
    const isRight = value.length >= BODY_OFFSET && found === (checksum(storedKey, value) | 0);
    return isRight ? found : ~found;
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

function operation(
  sequence: Sequence,
  { shard, storedKey }: Entry,
  value: Uint8Array | undefined,
  replaced: number | undefined,
  movedTo: number | undefined,
): TailOperation {
  const name = storedKey.toString('latin1', SHARD_PREFIX_BYTES);
  return { sequence, shard, name, storedKey, value, replaced, movedTo };
}

/** The checksum that a value begins with, as a signed number: those take no memory of their own. */
export const checksumIn = (value: Uint8Array): number =>
  value[0]! | (value[1]! << 8) | (value[2]! << 16) | (value[3]! << 24);

function checksum(storedKey: Uint8Array, value: Uint8Array): number {
  return crc32c(value, BODY_OFFSET, value.length, crc32c(storedKey, 0, storedKey.length)) >>> 0;
}
