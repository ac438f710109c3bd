import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CorruptionError } from '../base/errors.ts';
import { createSimulatedKv } from '../testing/simulated-kv.ts';
import { logKey, rowKey, tableStateKey } from './keyspace.ts';
import { decodeLogRecord, encodeLogRecord } from './record.ts';
import { readLog } from './row-log.ts';
import { encodeTableState } from './table-state.ts';

const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
const image = fc.option(bytes, { nil: undefined });
const changes = fc.array(fc.record({ key: bytes, before: image, after: image }), { maxLength: 5 });

test('a record gives back its changes', () => {
  fc.assert(
    fc.property(changes, fc.integer({ min: 0, max: 2 ** 52 }), (list, previous) => {
      const key = logKey(7, previous + 1, 3);
      const record = {
        previous,
        commitMs: 1_700_000_000_123,
        changes: list.map(({ key: primaryKey, before, after }) => ({
          shard: 3,
          storedKey: rowKey(7, 3, primaryKey),
          before,
          after,
        })),
      };
      expect(decodeLogRecord(key, encodeLogRecord(key, record))).toEqual({
        sequence: previous + 1,
        shard: 3,
        ...record,
      });
    }),
  );
});

test('a flipped byte, a truncation and a wrong key are each noticed', () => {
  const key = logKey(7, 9, 3);
  const change = {
    shard: 3,
    storedKey: rowKey(7, 3, Buffer.from('k')),
    before: undefined,
    after: Buffer.from('row'),
  };
  const value = encodeLogRecord(key, { previous: 8, commitMs: 1, changes: [change] });
  for (let i = 0; i < value.length; i++) {
    const damaged = Buffer.from(value);
    damaged[i]! ^= 0x10;
    expect(() => decodeLogRecord(key, damaged)).toThrow(CorruptionError);
    expect(() => decodeLogRecord(key, value.subarray(0, i))).toThrow(CorruptionError);
  }
  expect(() => decodeLogRecord(logKey(7, 10, 3), value)).toThrow(CorruptionError);
});

async function storeWith(
  records: readonly [sequence: number, shard: number, previous: number][],
  lastSequences: number[],
) {
  const kv = createSimulatedKv();
  const batch = kv.batch();
  for (const [sequence, shard, previous] of records) {
    const key = logKey(1, sequence, shard);
    batch.put(key, encodeLogRecord(key, { previous, commitMs: 0, changes: [] }));
  }
  batch.put(tableStateKey(1), encodeTableState({ rowCount: 0, trimmedTo: 0, lastSequences }));
  await kv.write(batch, { sync: true });
  return { reader: kv, tableId: 1, shardCount: lastSequences.length };
}

async function sequencesIn(source: Awaited<ReturnType<typeof storeWith>>, after: number): Promise<number[]> {
  const sequences: number[] = [];
  for await (const records of readLog(source, after))
    sequences.push(...records.map((record) => record.sequence));
  return sequences;
}

test('the log is read in commit order over its shards, from any sequence on', async () => {
  const source = await storeWith(
    [
      [3, 0, 0],
      [3, 1, 0],
      [5, 1, 3],
      [9, 0, 3],
    ],
    [9, 5],
  );
  expect(await sequencesIn(source, 0)).toEqual([3, 3, 5, 9]);
  expect(await sequencesIn(source, 4)).toEqual([5, 9]);
  expect(await sequencesIn(source, 9)).toEqual([]);
});

test('a lost record shows: in the middle, at the beginning and at the end', async () => {
  await expect(
    sequencesIn(
      await storeWith(
        [
          [3, 0, 0],
          [9, 0, 5],
        ],
        [9],
      ),
      0,
    ),
  ).rejects.toThrow(CorruptionError);
  await expect(sequencesIn(await storeWith([[9, 0, 5]], [9]), 3)).rejects.toThrow(CorruptionError);
  await expect(sequencesIn(await storeWith([[3, 0, 0]], [9]), 0)).rejects.toThrow(CorruptionError);
});
