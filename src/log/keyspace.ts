// keyspace.ts — where everything lies in the ordered store. Never change the numbers: they are on disk.
//
//   00 name                                         store-wide values: head sequence, next id
//   01 object u32                                   catalog record (JSON)
//   02 row table u32 · shard u16 · primary key      row image (rows/row-layout.ts)
//   03 row table u32 · sequence u64 · shard u16     log record (log/record.ts)
//   04 index table u32 · shard u16 · entry key      index entry (pipeline/entry-layout.ts), or records of parts
//                                                  (pipeline/part-records.ts)
//   05 index table u32 · shard u16                  applied sequence u64
//   05 index table u32                              while it is built: stored key of the last row that has its entry
//   05 index table u32 · 01                         sequence u64 that it had reached before a rewind
//   05 index table u32 · shard u16 · 01             sum of the entries it should hold (pipeline/expected-sums.ts)
//   06 row table u32                                row count, log positions (log/table-state.ts)
//   07 database name                                database record
//   08 index table u32 · shard u16 · entry key      detail of an index entry (pipeline/entry-layout.ts)
//   09 index table u32 · shard u16 · index columns  reservation of UNIQUE: the row that has these values
//                                                  (pipeline/reservations.ts)
//   09 index table u32                              there once every row has its reservation
// Numbers are big-endian, so that ranges are contiguous and log records lie in commit order.

import type { KvRange, KvReader } from '../kv/kv.ts';
import type { Sequence } from './change.ts';

const SPACE = {
  meta: 0,
  catalog: 1,
  rows: 2,
  log: 3,
  entries: 4,
  positions: 5,
  tables: 6,
  databases: 7,
  details: 8,
  reservations: 9,
} as const;

export const HEAD_KEY: Buffer = Buffer.from('\0head', 'latin1');
export const NEXT_ID_KEY: Buffer = Buffer.from('\0next_id', 'latin1');

/** Bytes before the primary key or entry key in a stored key. */
export const SHARD_PREFIX_BYTES = 7;

function withId(space: number, id: number, sizeBytes: number): Buffer {
  const key = Buffer.allocUnsafe(sizeBytes);
  key[0] = space;
  key.writeUInt32BE(id, 1);
  return key;
}

function inShard(space: number, id: number, shard: number, rest: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(SHARD_PREFIX_BYTES + rest.length);
  key.set(rest, SHARD_PREFIX_BYTES);
  return fillPrefix(key, space, id, shard);
}

function fillPrefix(key: Buffer, space: number, id: number, shard: number): Buffer {
  key[0] = space;
  key[1] = id >>> 24;
  key[2] = id >>> 16;
  key[3] = id >>> 8;
  key[4] = id;
  key[5] = shard >>> 8;
  key[6] = shard;
  return key;
}

export const catalogKey = (id: number): Buffer => withId(SPACE.catalog, id, 5);
export const catalogRange = (): KvRange => ({
  start: Buffer.from([SPACE.catalog]),
  end: Buffer.from([SPACE.catalog + 1]),
});

export const databaseKey = (name: string): Buffer =>
  Buffer.concat([Buffer.from([SPACE.databases]), Buffer.from(name)]);
export const databaseRange = (): KvRange => ({
  start: Buffer.from([SPACE.databases]),
  end: Buffer.from([SPACE.databases + 1]),
});

export const rowKey = (table: number, shard: number, key: Uint8Array): Buffer =>
  inShard(SPACE.rows, table, shard, key);
/** Make stored keys in place, of keys encoded with SHARD_PREFIX_BYTES of headroom. */
export const fillRowPrefix = (key: Buffer, table: number, shard: number): Buffer =>
  fillPrefix(key, SPACE.rows, table, shard);
export const fillEntryPrefix = (key: Buffer, index: number, shard: number): Buffer =>
  fillPrefix(key, SPACE.entries, index, shard);
export const entryKey = (index: number, shard: number, key: Uint8Array): Buffer =>
  inShard(SPACE.entries, index, shard, key);
/** Where the detail of an entry lies, by the entry's stored key. */
export function detailKey(storedKey: Uint8Array): Buffer {
  const key = Buffer.from(storedKey);
  key[0] = SPACE.details;
  return key;
}
/** Back from `detailKey`. */
export function keyOfDetail(key: Uint8Array): Buffer {
  const storedKey = Buffer.from(key);
  storedKey[0] = SPACE.entries;
  return storedKey;
}
export const positionKey = (index: number, shard: number): Buffer =>
  inShard(SPACE.positions, index, shard, Buffer.alloc(0));
export const builtToKey = (index: number): Buffer => withId(SPACE.positions, index, 5);
export const expectedSumKey = (index: number, shard: number): Buffer =>
  inShard(SPACE.positions, index, shard, Buffer.of(1));
export const replayedToKey = (index: number): Buffer =>
  Buffer.concat([withId(SPACE.positions, index, 5), Buffer.from([1])]);
export const tableStateKey = (table: number): Buffer => withId(SPACE.tables, table, 5);

const shardRange = (space: number, id: number, shard: number): KvRange => ({
  start: inShard(space, id, shard, Buffer.alloc(0)),
  end: shard === 0xffff ? withId(space, id + 1, 5) : inShard(space, id, shard + 1, Buffer.alloc(0)),
});
const idRange = (space: number, id: number): KvRange => ({
  start: withId(space, id, 5),
  end: withId(space, id + 1, 5),
});

export const rowShardRange = (table: number, shard: number): KvRange => shardRange(SPACE.rows, table, shard);
export const entryShardRange = (index: number, shard: number): KvRange =>
  shardRange(SPACE.entries, index, shard);
export const detailShardRange = (index: number, shard: number): KvRange =>
  shardRange(SPACE.details, index, shard);
export const tableRowsRange = (table: number): KvRange => idRange(SPACE.rows, table);
export const tableLogRange = (table: number): KvRange => idRange(SPACE.log, table);
export const indexEntriesRange = (index: number): KvRange => idRange(SPACE.entries, index);
/** In place, of index columns encoded with SHARD_PREFIX_BYTES of headroom. */
export const fillReservationPrefix = (key: Buffer, index: number, shard: number): Buffer =>
  fillPrefix(key, SPACE.reservations, index, shard);
export const isReservationKey = (key: Uint8Array): boolean => key[0] === SPACE.reservations;
/** There once every row of the row table has its reservation; shorter than any of them. */
export const allReservedKey = (index: number): Buffer =>
  withId(SPACE.reservations, index, ALL_RESERVED_KEY_BYTES);
export const ALL_RESERVED_KEY_BYTES = 5;
export const indexReservationsRange = (index: number): KvRange => idRange(SPACE.reservations, index);
export const indexDetailsRange = (index: number): KvRange => idRange(SPACE.details, index);
export const indexPositionsRange = (index: number): KvRange => idRange(SPACE.positions, index);

export function logKey(table: number, sequence: Sequence, shard: number): Buffer {
  const key = withId(SPACE.log, table, 15);
  writeSequence(key, 5, sequence);
  key.writeUInt16BE(shard, 13);
  return key;
}

/** Log records of a table with a sequence above `after`, in commit order. */
export const logRangeAfter = (table: number, after: Sequence): KvRange => ({
  start: logKey(table, after + 1, 0),
  end: withId(SPACE.log, table + 1, 5),
});

/** Log records of a table with a sequence above `after` and up to `last`. */
export const logRangeBetween = (table: number, after: Sequence, last: Sequence): KvRange => ({
  start: logKey(table, after + 1, 0),
  end: logKey(table, last + 1, 0),
});

export function parseLogKey(key: Uint8Array): { table: number; sequence: Sequence; shard: number } {
  return { table: readWord(key, 1), sequence: readSequence(key, 5), shard: (key[13]! << 8) | key[14]! };
}

/** Big-endian u64 of a number below 2^53. */
export function writeSequence(target: Buffer, offset: number, sequence: Sequence): void {
  target.writeUInt32BE(Math.floor(sequence / 0x1_0000_0000), offset);
  target.writeUInt32BE(sequence >>> 0, offset + 4);
}

export function readSequence(source: Uint8Array, offset: number): Sequence {
  return readWord(source, offset) * 0x1_0000_0000 + readWord(source, offset + 4);
}

/** The newest sequence that a store or snapshot holds: the head is in the batch of the rows, so this is exact. */
export function headIn(reader: KvReader): Sequence {
  const stored = reader.get(HEAD_KEY);
  return stored ? readSequence(stored, 0) : 0;
}

function readWord(source: Uint8Array, at: number): number {
  return ((source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!) >>> 0;
}

export function sequenceBytes(sequence: Sequence): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeSequence(bytes, 0, sequence);
  return bytes;
}
