import { expect, test } from 'vitest';
import { concatBlocks, takeBlock } from '../../src/types/block.ts';
import type { Block, FixedColumn } from '../../src/types/column.ts';
import { expectedFlights } from './chdb-oracle.ts';
import { openFlightsFile, readFlights } from './flights-file.ts';
import { readLiveTraffic } from './live-traffic.ts';
import type { LiveTraffic } from './live-traffic.ts';
import { createRowHasher, hashText } from './row-hash.ts';

const ROWS = 30_000;

async function readAll(file: Awaited<ReturnType<typeof openFlightsFile>>): Promise<Block> {
  const blocks: Block[] = [];
  for await (const block of readFlights(file, 0, file.rowCount)) blocks.push(block);
  return concatBlocks(blocks);
}

/** Applies the changes in memory, to the columns of a Block with all flights. */
function applyChanges(flights: Block, traffic: LiveTraffic): Block {
  const delays = (flights.columns[2] as FixedColumn).values;
  const cancelled = (flights.columns[6] as FixedColumn).values;
  const deleted = new Set<number>();
  for (const change of traffic.batches.flatMap((batch) => batch.changes)) {
    if (change.kind === 'delay') delays[change.flightId] = change.delay;
    if (change.kind === 'cancel') cancelled[change.flightId] = 1;
    if (change.kind === 'delete') deleted.add(change.flightId);
  }
  const kept = Array.from({ length: flights.rowCount }, (_, i) => i).filter((id) => !deleted.has(id));
  return takeBlock(flights, Uint32Array.from(kept));
}

test('ClickHouse, from the file and the changes, counts and hashes the rows that a plain model has', async () => {
  const file = await openFlightsFile(ROWS);
  const traffic = await readLiveTraffic(file, 42);
  expect(traffic.batches.length).toBeGreaterThan(100);
  const hasher = createRowHasher();
  hasher.add(applyChanges(await readAll(file), traffic));
  const expected = await expectedFlights(file, traffic);
  expect(hasher.result()).toEqual({ rows: expected.rows, hash: expected.hash });
  expect(expected.rows).toBeLessThan(ROWS);
});

test('the hash of flights sees one changed value, and does not see their order', async () => {
  const file = await openFlightsFile(2_000);
  const flights = await readAll(file);
  const hashOf = (block: Block): string => {
    const hasher = createRowHasher();
    hasher.add(block);
    return hasher.result().hash;
  };
  const reversed = takeBlock(
    flights,
    Uint32Array.from({ length: flights.rowCount }, (_, i) => flights.rowCount - 1 - i),
  );
  expect(hashOf(reversed)).toBe(hashOf(flights));
  const before = hashOf(flights);
  (flights.columns[3] as FixedColumn).values[77] = 1;
  expect(hashOf(flights)).not.toBe(before);
});

test('flights are read across row groups with their row number as id', async () => {
  const file = await openFlightsFile(undefined);
  const edge = Number(file.metadata.row_groups[0]?.num_rows);
  const blocks: Block[] = [];
  for await (const block of readFlights(file, edge - 2, edge + 2)) blocks.push(block);
  const ids = blocks.flatMap((block) => [...(block.columns[0] as FixedColumn).values]);
  expect(ids).toEqual([edge - 2, edge - 1, edge, edge + 1]);
  // Row 1,048,576 of the file: 03060814, DFW → MKE.
  const date = (blocks[1]!.columns[1] as FixedColumn).values[0] as number;
  expect(new Date(date * 1000).toISOString()).toBe('2001-03-06T08:14:00.000Z');
});

test('any stretch of the file is read as ClickHouse reads it', async () => {
  const file = await openFlightsFile(undefined);
  // Within a row group the columns' pages begin at different rows.
  const [start, end] = [1_500_001, 1_500_101];
  const hasher = createRowHasher();
  for await (const block of readFlights(file, start, end)) hasher.add(block);
  const whole = { firstFlight: end, flights: { rowCount: 0, columns: [] }, batches: [] };
  const upTo = (rows: number) =>
    expectedFlights({ ...file, rowCount: rows }, { ...whole, firstFlight: rows });
  const [before, after] = [await upTo(start), await upTo(end)];
  expect(hasher.result().rows).toBe(after.rows - before.rows);
  expect(hasher.result().hash).toBe(difference(after.hash, before.hash));
});

/** What was added to a sum of words, each modulo 2^32. */
function difference(after: string, before: string): string {
  const words = (hash: string): number[] => hash.match(/.{8}/g)!.map((word) => parseInt(word, 16));
  return hashText(words(after).map((word, i) => (word - words(before)[i]!) >>> 0));
}
