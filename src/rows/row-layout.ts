// row-layout.ts — where a row lies and how its columns become bytes.
//
// Stored key:  primary key in order-preserving form (types/key-codec.ts), inside its shard.
// Row image:   crc32c u32 LE · format u8 = 1 · sequence of the write u48 LE · columns outside the primary key (fields.ts)
// The checksum covers the stored key and the image after the checksum, so an image under a wrong key is found too.
//
// Newest version only: older versions, when they are kept, go to the same key with the complement of their
// sequence behind it, in this same image (docs/design/0002-row-versions.md).

import { crc32c } from '../base/crc32c.ts';
import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { fillRowPrefix, rowKey, SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import type { Block, Column, NamedType } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { createKeyCodec, type KeyCodec } from '../types/key-codec.ts';
import { textAt } from '../types/text.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { RowAddress, RowTableDefinition } from './definition.ts';
import { Fields } from './fields.ts';
import type { Row, RowInput } from './row-table.ts';
import { Sharder } from './sharding.ts';

const FORMAT = 1;
const BODY_OFFSET = 11;
const noImage = new Uint8Array();

/** Limits of one row; larger ones are refused. */
export const MAX_KEY_BYTES = 4096;
export const MAX_ROW_BYTES = 16 * 1024 * 1024;

/** Rows of one block on their way into the store. */
export type RowEncoder = {
  storedKeyAt(row: number): { readonly shard: number; readonly storedKey: Buffer };
  imageAt(row: number, storedKey: Buffer, sequence: Sequence): Buffer;
};

function keyTooLarge(sizeBytes: number): WinnowError {
  return new WinnowError(
    'KEY_TOO_LARGE',
    `the primary key has ${sizeBytes} bytes; at most ${MAX_KEY_BYTES} are possible`,
  );
}

export class RowLayout {
  readonly definition: RowTableDefinition;
  readonly keyCodec: KeyCodec;
  readonly #keyTypes: readonly NamedType[];
  readonly #sharder: Sharder;
  /** Sharding columns are the primary key's, so that the encoded key is hashed as it is. */
  readonly #hashesKey: boolean;
  /** Table positions of the columns inside the image. */
  readonly #imageColumns: readonly number[];
  readonly #fields: Fields;

  constructor(definition: RowTableDefinition) {
    const { columns, primaryKey, sharding } = definition;
    this.definition = definition;
    this.#keyTypes = primaryKey.map((column) => columns[column]!);
    this.keyCodec = createKeyCodec(this.#keyTypes.map((column) => column.type));
    this.#sharder = new Sharder(
      sharding,
      sharding.columns.map((column) => columns[column]!.type),
    );
    this.#hashesKey = sharding.method === 'hash' && sharding.columns.join() === primaryKey.join();
    this.#imageColumns = columns.map((_, i) => i).filter((i) => !primaryKey.includes(i));
    this.#fields = new Fields(this.#imageColumns.map((column) => columns[column]!.type));
  }

  /** Stored keys and images of the rows of a block that has all columns of the table, in order. */
  encoder(block: Block): RowEncoder {
    const { primaryKey, sharding } = this.definition;
    const pick = (columns: readonly number[]): Column[] => columns.map((column) => block.columns[column]!);
    const keyColumns = pick(primaryKey);
    const shardColumns = pick(sharding.columns);
    const imageColumns = pick(this.#imageColumns);
    return {
      storedKeyAt: (row) => {
        const key = this.keyCodec.encode(keyColumns, row, SHARD_PREFIX_BYTES);
        if (key.length > SHARD_PREFIX_BYTES + MAX_KEY_BYTES)
          throw keyTooLarge(key.length - SHARD_PREFIX_BYTES);
        const shard = this.#hashesKey
          ? this.#sharder.shardOfKey(key, SHARD_PREFIX_BYTES)
          : this.#sharder.shardOf(shardColumns, row);
        return { shard, storedKey: fillRowPrefix(key, this.definition.id, shard) };
      },
      imageAt: (row, storedKey, sequence) => this.#image(imageColumns, row, storedKey, sequence),
    };
  }

  /** Address of the row with these primary-key values; BAD_ARGUMENTS when one is missing or unknown. */
  addressOf(key: RowInput): RowAddress {
    for (const name of Object.keys(key)) {
      if (!this.#keyTypes.some((column) => column.name === name)) {
        throw new WinnowError(
          'BAD_ARGUMENTS',
          `${name} is not a column of the primary key of ${this.definition.name}`,
        );
      }
    }
    const columns = this.#keyTypes.map(({ name, type }) => {
      if (key[name] === undefined) {
        throw new WinnowError(
          'BAD_ARGUMENTS',
          `the key of ${this.definition.name} needs a value for ${name}`,
        );
      }
      return columnOf(type, [key[name]]);
    });
    return this.addressAt(columns, 0);
  }

  /** Address of the row whose primary key is row `row` of these columns, in key order. */
  addressAt(columns: readonly Column[], row: number): RowAddress {
    const encoded = this.keyCodec.encode(columns, row);
    if (this.#hashesKey) return { shard: this.#sharder.shardOfKey(encoded), key: encoded };
    const { primaryKey, sharding } = this.definition;
    const sharded = sharding.columns.map((column) => columns[primaryKey.indexOf(column)]!);
    return { shard: this.#sharder.shardOf(sharded, row), key: encoded };
  }

  #image(columns: readonly Column[], row: number, storedKey: Buffer, sequence: Sequence): Buffer {
    const sizeBytes = BODY_OFFSET + this.#fields.sizeBytes(columns, row);
    if (sizeBytes > MAX_ROW_BYTES) {
      throw new WinnowError(
        'ROW_TOO_LARGE',
        `a row has ${sizeBytes} bytes; at most ${MAX_ROW_BYTES} are possible`,
      );
    }
    const image = Buffer.allocUnsafe(sizeBytes);
    image[4] = FORMAT;
    image.writeUIntLE(sequence, 5, 6);
    this.#fields.write(image, BODY_OFFSET, columns, row);
    image.writeUInt32LE(checksum(storedKey, image), 0);
    return image;
  }

  /** The image as a write of another sequence. */
  stamped(storedKey: Buffer, image: Uint8Array, sequence: Sequence): Buffer {
    const copy = Buffer.from(image);
    copy.writeUIntLE(sequence, 5, 6);
    copy.writeUInt32LE(checksum(storedKey, copy), 0);
    return copy;
  }

  /** The primary key as users read it: `id = 5, line = 2`. */
  keyText(storedKey: Uint8Array): string {
    const { columns } = this.decode([[storedKey, noImage]], this.definition.primaryKey);
    return this.#keyTypes.map(({ name }, i) => `${name} = ${textAt(columns[i]!, 0)}`).join(', ');
  }

  /** The stored key of an address. */
  storedKey({ shard, key }: RowAddress): Buffer {
    return rowKey(this.definition.id, shard, key);
  }

  /** Throws CorruptionError when the image is not what was written under this stored key. */
  check([storedKey, image]: KvEntry): void {
    const found =
      image.length < BODY_OFFSET
        ? 0
        : (image[0]! | (image[1]! << 8) | (image[2]! << 16) | (image[3]! << 24)) >>> 0;
    const expected = checksum(storedKey, image);
    if (image.length >= BODY_OFFSET && found === expected && image[4] === FORMAT) return;
    const { database, name } = this.definition;
    const where = `row table ${database}.${name}, stored key ${Buffer.from(storedKey).toString('hex')}`;
    throw new CorruptionError(where, `checksum ${expected.toString(16)}`, found.toString(16));
  }

  /** Columns (positions in the table) of rows that were checked. */
  decode(rows: readonly KvEntry[], columns: readonly number[]): Block {
    const keyed = this.#decodeKeys(rows, columns);
    const images = rows.map(([, image]) => image);
    const decoded = columns.map(
      (column) =>
        keyed.get(column) ?? this.#fields.decode(images, BODY_OFFSET, this.#imageColumns.indexOf(column)),
    );
    return { rowCount: rows.length, columns: decoded };
  }

  #decodeKeys(rows: readonly KvEntry[], columns: readonly number[]): Map<number, Column> {
    const { primaryKey } = this.definition;
    const builders = primaryKey.map((column, i) =>
      columns.includes(column) ? createColumnBuilder(this.#keyTypes[i]!.type, rows.length) : undefined,
    );
    if (builders.some((builder) => builder !== undefined)) {
      for (const [storedKey] of rows) this.keyCodec.decodeInto(storedKey, builders, SHARD_PREFIX_BYTES);
    }
    return new Map(
      primaryKey.flatMap((column, i) => (builders[i] ? [[column, builders[i].finish()] as const] : [])),
    );
  }

  /** The whole row as an object of API values; checks the image. */
  decodeRow(row: KvEntry): Row {
    this.check(row);
    const { columns } = this.definition;
    const block = this.decode(
      [row],
      columns.map((_, i) => i),
    );
    const values: Row = {};
    for (let i = 0; i < columns.length; i++) values[columns[i]!.name] = valueAt(block.columns[i]!, 0);
    return values;
  }
}

function checksum(storedKey: Uint8Array, image: Uint8Array): number {
  return crc32c(image, 4, image.length, crc32c(storedKey, 0, storedKey.length)) >>> 0;
}
