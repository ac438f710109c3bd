import { expect, test } from 'vitest';
import { skipIndexOf } from '../catalog/skip-indexes.ts';
import { bindExpression } from '../expr/bind.ts';
import { tableScope } from '../expr/table-scope.ts';
import { CorruptionError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { parseExpression } from '../sql/parser.ts';
import { runSimulation, type Simulation } from '../testing/simulated-ports.ts';
import type { Block, FixedColumn } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import type { BitmapFile } from './bitmap-file.ts';
import { PartFolder } from './part-folder.ts';
import { formatPartName } from './part-name.ts';
import type { Part } from './part.ts';
import { ReaderCache } from './reader-cache.ts';
import { CONTAINER_BYTES } from './roaring.ts';
import { type BitmapIndexDefinition, defaultPartSettings, type PartSchema } from './schema.ts';
import { hasFilesOf } from './skip-index.ts';

const SEEDS = 12;
const LIVES = 5;
const PARTITIONS = 2;
const ROWS = 3;

const columns = [
  { name: 'number', type: { kind: 'UInt32' } },
  { name: 'p', type: { kind: 'UInt8' } },
] as const;
const context = { parameters: {}, nowMs: 0, currentDatabase: '' };
const schema: PartSchema = {
  columns,
  sortingKey: [0],
  primaryKeyLength: 1,
  partitionBy: {
    sql: 'p',
    expressions: [bindExpression(parseExpression('p'), tableScope(columns), context)],
    sourceColumns: [1],
  },
  ...defaultPartSettings,
  indexGranularity: 4,
  skipIndexes: [skipIndexOf({ name: 'i', sql: 'number', typeSql: 'bloom_filter', granularity: 2 }, columns)],
  codecs: new Map(),
  bitmapIndexes: [{ name: 'by_number', column: 0 }],
};

/** Every insert has a number of its own, in ROWS rows of each partition. */
function rowsOf(number: number): Block {
  const rows = Array.from({ length: PARTITIONS * ROWS }, (_, i) => i);
  return {
    rowCount: rows.length,
    columns: [
      columnOf(
        columns[0].type,
        rows.map(() => number),
      ),
      columnOf(
        columns[1].type,
        rows.map((i) => i % PARTITIONS),
      ),
    ],
  };
}

type Life = {
  readonly folder: PartFolder;
  readonly readers: ReaderCache;
  readonly kill: () => void;
  alive: boolean;
};

async function begin({ startProcess }: Simulation): Promise<Life> {
  const { ports, kill } = startProcess();
  const readers = new ReaderCache(ports.files);
  const folder = await PartFolder.open(ports, 'table', schema, readers);
  return { folder, readers, kill, alive: true };
}

/** How often each number is there, per part. */
function numbersIn({ folder, readers }: Pick<Life, 'folder' | 'readers'>): Map<number, number>[] {
  const lease = readers.lease();
  const arena = new Arena();
  try {
    return folder.parts.map((part) => {
      const counts = new Map<number, number>();
      const granules = { start: 0, end: part.granuleRows.length };
      const { values, rowCount } = lease.of(part).read('number', granules, arena) as FixedColumn;
      for (const value of values.subarray(0, rowCount))
        counts.set(Number(value), (counts.get(Number(value)) ?? 0) + 1);
      return counts;
    });
  } finally {
    lease.release();
    arena.release();
  }
}

/** How many parts have bitmaps; those that have say the same as the rows, the others that they are damaged, or missing. */
function partsWithBitmaps({ folder, readers }: Life): number {
  const [index] = schema.bitmapIndexes;
  const numbers = numbersIn({ folder, readers });
  const arena = new Arena();
  const withBitmaps = folder.parts.filter((part, i) => {
    const file = openBitmaps(folder, part, index!);
    if (!file) return false;
    const counts = Array.from({ length: file.values.rowCount }, (_, value) => {
      const bits = arena.u8(CONTAINER_BYTES).fill(0);
      file.unite([value], bits, new Arena());
      const { kernels } = kernelRuntime();
      const rowCount = kernels.countBits(bits.byteOffset, 0, part.rowCount);
      return [Number((file.values as FixedColumn).values[value]), rowCount] as const;
    });
    expect(new Map(counts)).toEqual(new Map([...numbers[i]!].sort(([a], [b]) => a - b)));
    return true;
  });
  arena.release();
  return withBitmaps.length;
}

function openBitmaps(
  { bitmaps }: PartFolder,
  part: Part,
  index: BitmapIndexDefinition,
): BitmapFile | undefined {
  try {
    return bitmaps.read(part, index);
  } catch (error) {
    if (error instanceof CorruptionError) return undefined;
    throw error;
  }
}

async function insertAll(life: Life, first: number, acknowledged: Set<number>): Promise<void> {
  for (let number = first; life.alive; number += 1) {
    await life.folder.insert(rowsOf(number));
    acknowledged.add(number);
  }
}

/** Merges any two neighbours, or writes a part again without its skip index, again and again. */
async function mergeAll(life: Life, { random, ports }: Simulation): Promise<void> {
  while (life.alive) {
    await ports.timers.yield();
    const { parts } = life.folder;
    const at = random.int(Math.max(1, parts.length - 1));
    const [a, b] = [parts[at], parts[at + 1]];
    const goesOn = (): Promise<boolean> => ports.timers.yield().then(() => true);
    if (a && random.int(4) === 0) await life.folder.rewrite(a, { ...schema, skipIndexes: [] }, goesOn);
    else if (a && b && a.name.partitionId === b.name.partitionId) await life.folder.merge([a, b], goesOn);
  }
}

async function liveAndDie(
  simulation: Simulation,
  life: Life,
  first: number,
  acknowledged: Set<number>,
): Promise<void> {
  const work = [
    insertAll(life, first, acknowledged),
    insertAll(life, first + 1000, acknowledged),
    mergeAll(life, simulation),
  ];
  // What a killed process still waits for never comes.
  for (const each of work) each.catch(() => undefined);
  for (let turn = 100 + simulation.random.int(400); turn > 0; turn--) await simulation.ports.timers.yield();
  life.alive = false;
  life.kill();
}

test('after a power cut every acknowledged insert is there once, whole, and parts are whole or not there', async () => {
  let merged = 0;
  const bitmaps = { parts: 0, ofParts: 0 };
  let rewritten = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    await runSimulation(seed, async (simulation) => {
      const acknowledged = new Set<number>();
      for (let round = 0; round < LIVES; round++) {
        const life = await begin(simulation);
        const counts = numbersIn(life);
        merged += life.folder.parts.filter(({ name }) => name.level > 0).length;
        rewritten += life.folder.parts.filter((part) => !hasFilesOf(part, 'i')).length;
        for (const part of counts) for (const count of part.values()) expect(count).toBe(ROWS);
        for (const number of acknowledged) {
          const times = counts.filter((part) => part.has(number)).length;
          expect(times, `insert ${number} in round ${round}`).toBe(PARTITIONS);
        }
        const names = life.folder.parts.map(({ name }) => formatPartName(name));
        const { files } = simulation.ports;
        const entries = (await files.list('table')).filter((entry) => entry !== 'bitmaps');
        expect(entries).toEqual([...names, 'format_version.txt'].sort());
        for (const file of await files.list('table/bitmaps')) expect(names).toContain(file.split('.')[0]);
        bitmaps.parts += partsWithBitmaps(life);
        bitmaps.ofParts += names.length;
        await liveAndDie(simulation, life, round * 10_000, acknowledged);
      }
      expect(acknowledged.size).toBeGreaterThan(0);
    });
  }
  expect(merged).toBeGreaterThan(0);
  // They are not synced, so some are lost.
  expect(bitmaps.parts).toBeGreaterThan(0);
  expect(bitmaps.parts).toBeLessThan(bitmaps.ofParts);
  expect(rewritten).toBeGreaterThan(0);
});
