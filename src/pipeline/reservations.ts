// reservations.ts — which row has which values of a UNIQUE INDEX TABLE.
//
// Stored key:  09 index table u32 · shard u16 · index columns (order-preserving form)
// Value:       crc32c u32 LE of the stored key and what follows · shard u16 BE and primary key of the row
//
// Keeps true: a row with an entry, and no NULL among its index columns, has the reservation of its values, and no other row
// has one. The lanes have no part in that: reservations change in the batch of the rows, by the serial evaluation of
// transactions, so uniqueness holds at every commit however far the entries have come.

import { WinnowError } from '../base/errors.ts';
import { columnsOfPath, type IndexTableDefinition } from '../catalog/definitions.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Beside, WriteContext } from '../log/committer.ts';
import { fillReservationPrefix, rowKey, SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import { type ChangedRows, DecodedRows } from '../rows/decoded-rows.ts';
import type { RowLayout } from '../rows/row-layout.ts';
import { Sharder } from '../rows/sharding.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec, type KeyCodec } from '../types/key-codec.ts';
import { quotedTextAt } from '../types/text.ts';
import { EntryError, EntryRowMaker } from './entry-rows.ts';
import { sqlFilter } from './row-filters.ts';
import { isSealed, sealed, unsealed } from './sealed-value.ts';

/** A row is named by its stored key without key space and table. */
const ROW_NAME_OFFSET = 5;

/** What one row reserves. `values`: `email = 'a@b'`. */
type Reservation = { readonly key: Buffer; readonly values: () => string };

export class Reservations {
  readonly #definition: IndexTableDefinition;
  readonly #layout: RowLayout;
  readonly #rows: EntryRowMaker;
  readonly #names: readonly string[];
  readonly #types: readonly DataType[];
  readonly #codec: KeyCodec;
  readonly #sharder: Sharder;

  constructor(definition: IndexTableDefinition, layout: RowLayout) {
    const table = layout.definition;
    const columns = columnsOfPath(definition, table);
    this.#definition = definition;
    this.#layout = layout;
    this.#rows = new EntryRowMaker(definition, table, sqlFilter(definition, table));
    this.#names = definition.keyColumns.map((column) => columns[column]!.name);
    this.#types = definition.keyColumns.map((column) => columns[column]!.type);
    this.#codec = createKeyCodec(this.#types);
    this.#sharder = new Sharder(
      definition.sharding,
      definition.sharding.columns.map((column) => columns[column]!.type),
    );
  }

  /**
   * Takes the changes of one transaction: gives back what rows had before, then reserves what they have now, so that rows
   * may swap their values. Errors: DUPLICATE_KEY naming the values and both rows; EntryError.
   */
  change({ changes, before, after }: ChangedRows, beside: Beside): void {
    const old = this.#before(before).values();
    const now = this.#of(after).values();
    const rows = changes.map(({ storedKey, before: had, after: has }) => {
      const release = had && old.next().value;
      const reserve = has && now.next().value;
      return { storedKey, release, reserve, stays: release && reserve && release.key.equals(reserve.key) };
    });
    for (const { storedKey, release, stays } of rows)
      if (release && !stays) this.#release(storedKey, release, beside);
    for (const { storedKey, reserve, stays } of rows)
      if (reserve && !stays) this.#reserve(storedKey, reserve, beside);
  }

  /** Reserves what rows have that were there before the index table. Errors: as `change`. */
  reserve(rows: DecodedRows, beside: Beside): void {
    this.#of(rows).forEach((reservation, i) => {
      if (reservation) this.#reserve(rows.rows[i]![0], reservation, beside);
    });
  }

  /** Stored key and value of each reservation of the rows. */
  entriesOf(rows: DecodedRows): (readonly [key: Buffer, value: Buffer])[] {
    return this.#of(rows).flatMap((reservation, i) =>
      reservation ? [[reservation.key, valueOf(reservation.key, rows.rows[i]![0])] as const] : [],
    );
  }

  /** A row for which an expression fails has reserved nothing: writing it was refused. */
  #before(rows: DecodedRows): (Reservation | undefined)[] {
    try {
      return this.#of(rows);
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      if (rows.rows.length === 1) return [undefined];
      return rows.rows.flatMap((_, row) => this.#before(rows.pick([row])));
    }
  }

  /** Of each row; undefined for one that reserves nothing. */
  #of(rows: DecodedRows): (Reservation | undefined)[] {
    const reservations = new Array<Reservation | undefined>(rows.rows.length).fill(undefined);
    if (rows.rows.length === 0) return reservations;
    const { column, places, rowCount } = this.#rows.of(rows);
    const keyColumns = this.#definition.keyColumns.map(column);
    const shardColumns = this.#definition.sharding.columns.map(column);
    for (let row = 0; row < rowCount; row++) {
      if (keyColumns.some(({ nulls }) => nulls?.[row] === 1)) continue;
      const shard = this.#sharder.shardOf(shardColumns, row);
      const encoded = this.#codec.encode(keyColumns, row, SHARD_PREFIX_BYTES);
      const key = fillReservationPrefix(encoded, this.#definition.id, shard);
      reservations[places ? places[row]! : row] = { key, values: () => this.#text(keyColumns, row) };
    }
    return reservations;
  }

  #text(columns: readonly Column[], row: number): string {
    return this.#names.map((name, i) => `${name} = ${quotedTextAt(columns[i]!, row)}`).join(', ');
  }

  /** While a build is on its way the row may not have reserved it yet, and another one may. */
  #release(row: Uint8Array, { key }: Reservation, beside: Beside): void {
    if (this.#holderOf(key, beside)?.equals(nameOf(row))) beside.write(key, undefined);
  }

  #reserve(row: Uint8Array, { key, values }: Reservation, beside: Beside): void {
    const holder = this.#holderOf(key, beside);
    if (!holder) return beside.write(key, valueOf(key, row));
    if (holder.equals(nameOf(row))) return;
    const { database, name } = this.#definition;
    const table = this.#layout.definition;
    const other = this.#layout.keyText(this.#rowOf(holder));
    throw new WinnowError(
      'DUPLICATE_KEY',
      `UNIQUE index table ${database}.${name}: row (${other}) has ${values()} already`,
      {
        detail: `Row (${this.#layout.keyText(row)}) of ${table.database}.${table.name} cannot have it, too.`,
      },
    );
  }

  /** Gives a reservation to the row that has its values now, of these two: its holder, and who is expected to be it. */
  mend(
    key: Buffer,
    expected: KvEntry | undefined,
    { read, beside }: Pick<WriteContext, 'read' | 'beside'>,
  ): void {
    const held = beside.read(key);
    const candidates = [expected, held && ([key, held] as const)];
    const owner = candidates
      .map((entry) => entry && reservationHolder(entry))
      .map((name) => name && this.#rowOf(name))
      .find((row) => row && this.#has(row, key, read));
    beside.write(key, owner && valueOf(key, owner));
  }

  #rowOf(name: Buffer): Buffer {
    return rowKey(this.#layout.definition.id, shardOfRowName(name), name.subarray(2));
  }

  #has(row: Buffer, key: Buffer, read: WriteContext['read']): boolean {
    const image = read(row);
    if (!image) return false;
    this.#layout.check([row, image]);
    const [reservation] = this.#of(new DecodedRows(this.#layout, [[row, image]]));
    return reservation?.key.equals(key) ?? false;
  }

  /** What is reserved: `email = 'a@b'`. */
  keyText(key: Uint8Array): string {
    const builders = this.#types.map((type) => createColumnBuilder(type, 1));
    this.#codec.decodeInto(key, builders, SHARD_PREFIX_BYTES);
    return this.#text(
      builders.map((builder) => builder.finish()),
      0,
    );
  }

  #holderOf(key: Buffer, beside: Beside): Buffer | undefined {
    const value = beside.read(key);
    if (!value) return undefined;
    const { database, name } = this.#definition;
    const where = `a reservation of index table ${database}.${name}, stored key ${key.toString('hex')}`;
    return unsealed([key, value], where);
  }
}

/** The name of the row that a reservation is of; undefined when its bytes are damaged. */
export const reservationHolder = (entry: KvEntry): Buffer | undefined =>
  isSealed(entry) ? unsealed(entry, '') : undefined;

/** Of the row table. */
export const shardOfRowName = (name: Buffer): number => name.readUInt16BE(0);

const nameOf = (storedKey: Uint8Array): Uint8Array => storedKey.subarray(ROW_NAME_OFFSET);

const valueOf = (key: Buffer, row: Uint8Array): Buffer => sealed(key, nameOf(row));
