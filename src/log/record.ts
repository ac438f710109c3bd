// record.ts — one log record: the changes of one transaction in one shard of a row table.
//
//   crc32c u32 · previous sequence of the shard u64 · commit time in ms u64 · change count u32 · changes
//   change: flags u8 (1 = before, 2 = after) · primary key · before? · after?      each as size u32 + bytes
// All numbers big-endian. The checksum covers the key the record is stored under and everything after itself.
//
// Keeps true: `previous` names the last record of the same shard before this one, so that a lost record shows.

import { crc32c } from '../base/crc32c.ts';
import { CorruptionError } from '../base/errors.ts';
import type { Change, Sequence } from './change.ts';
import { parseLogKey, readSequence, rowKey, SHARD_PREFIX_BYTES, writeSequence } from './keyspace.ts';

const HEADER_BYTES = 24;
const BEFORE = 1;
const AFTER = 2;

export type LogRecord = {
  readonly sequence: Sequence;
  readonly shard: number;
  readonly previous: Sequence;
  readonly commitMs: number;
  readonly changes: readonly Change[];
};

function changeSizeBytes(change: Change): number {
  return (
    5 +
    change.storedKey.length -
    SHARD_PREFIX_BYTES +
    (change.before ? 4 + change.before.length : 0) +
    (change.after ? 4 + change.after.length : 0)
  );
}

export function encodeLogRecord(
  key: Uint8Array,
  record: { readonly previous: Sequence; readonly commitMs: number; readonly changes: readonly Change[] },
): Buffer {
  let sizeBytes = HEADER_BYTES;
  for (const change of record.changes) sizeBytes += changeSizeBytes(change);
  const bytes = Buffer.allocUnsafe(sizeBytes);
  writeSequence(bytes, 4, record.previous);
  writeSequence(bytes, 12, record.commitMs);
  bytes.writeUInt32BE(record.changes.length, 20);
  let at = HEADER_BYTES;
  const append = (part: Uint8Array): void => {
    bytes.writeUInt32BE(part.length, at);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  };
  for (const change of record.changes) {
    bytes[at++] = (change.before ? BEFORE : 0) | (change.after ? AFTER : 0);
    append(change.storedKey.subarray(SHARD_PREFIX_BYTES));
    if (change.before) append(change.before);
    if (change.after) append(change.after);
  }
  bytes.writeUInt32BE(checksum(key, bytes), 0);
  return bytes;
}

const checksum = (key: Uint8Array, bytes: Uint8Array): number =>
  crc32c(bytes, 4, bytes.length, crc32c(key, 0, key.length)) >>> 0;

/** Throws CorruptionError when the bytes are not what was written under this key. */
export function decodeLogRecord(key: Uint8Array, value: Uint8Array): LogRecord {
  const { table, sequence, shard } = parseLogKey(key);
  const bytes = asBuffer(value);
  const found = bytes.length < HEADER_BYTES ? 'a truncated record' : bytes.readUInt32BE(0).toString(16);
  const expected = bytes.length < HEADER_BYTES ? 'a header' : checksum(key, bytes).toString(16);
  if (found !== expected)
    throw new CorruptionError(`log record ${sequence} of shard ${shard}`, expected, found);
  const changes: Change[] = [];
  let at = HEADER_BYTES;
  const take = (): Buffer => {
    const sizeBytes = bytes.readUInt32BE(at);
    at += 4 + sizeBytes;
    return bytes.subarray(at - sizeBytes, at);
  };
  for (let left = bytes.readUInt32BE(20); left > 0; left--) {
    const flags = bytes[at++]!;
    const storedKey = rowKey(table, shard, take());
    const before = flags & BEFORE ? take() : undefined;
    const after = flags & AFTER ? take() : undefined;
    changes.push({ shard, storedKey, before, after });
  }
  return { sequence, shard, previous: readSequence(bytes, 4), commitMs: readSequence(bytes, 12), changes };
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
