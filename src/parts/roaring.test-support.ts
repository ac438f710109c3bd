// Row numbers that make Roaring containers of every kind, and what they become.

import type { Random } from '../base/random.ts';
import { Arena } from '../kernels/arena.ts';
import { CONTAINER_BYTES, CONTAINER_ROWS, containerOf, encodeRoaring, uniteRoaring } from './roaring.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Ascending row numbers: edges of containers, and around the sizes at which the kind changes. */
export const rowSets: Readonly<Record<string, readonly number[]>> = {
  none: [],
  first: [0],
  'edges of two containers': [0, 65_535, 65_536, 131_071],
  'one full container': range(0, 65_536),
  'full, and one more': range(0, 65_537),
  'the last container only': [3 * 65_536 + 65_535],
  'a run over a border': range(65_000, 66_000),
  '4096 positions': range(0, 4096).map((i) => 3 * i),
  '4097 positions, as bits': range(0, 4097).map((i) => 3 * i),
  'runs as large as positions': range(0, 64).map((i) => 4 * (i >> 1) + (i & 1)),
  'five containers, one of runs': [
    0,
    65_536,
    ...range(2 * 65_536 + 5, 2 * 65_536 + 50),
    3 * 65_536,
    4 * 65_536,
  ],
  'nine containers of all kinds': range(0, 9).flatMap((i) =>
    (i % 3 === 0 ? range(7, 3000) : i % 3 === 1 ? [1, 5, 900] : range(0, 6000).map((row) => 10 * row)).map(
      (row) => 65_536 * i + row,
    ),
  ),
};

/** Of any shape below `rowCount`, ascending. */
export function randomRows(random: Random, rowCount: number): number[] {
  const rows = new Set<number>();
  for (let pieces = random.int(6); pieces > 0; pieces--) {
    const start = random.int(rowCount);
    const size = random.pick([1, 10, 3000, 70_000]);
    const step = random.pick([1, 1, 2, 17]);
    for (let i = 0, row = start; i < size && row < rowCount; i++, row += step) rows.add(row);
  }
  return [...rows].sort((a, b) => a - b);
}

export function roaringOf(rows: readonly number[]): Buffer {
  const arena = new Arena();
  const numbers = [...new Set(rows.map((row) => Math.floor(row / CONTAINER_ROWS)))];
  const containers = numbers.map((number) => {
    const positions = rows.filter((row) => Math.floor(row / CONTAINER_ROWS) === number);
    const own = arena.take(Uint16Array.from(positions, (row) => row % CONTAINER_ROWS));
    return containerOf(number, own, arena);
  });
  arena.release();
  return encodeRoaring(containers);
}

/** The rows of a bitmap of a part of `containerCount` containers, over bits that are set already. */
export function rowsOfRoaring(
  bytes: Uint8Array,
  containerCount: number,
  before: readonly number[] = [],
): number[] {
  const arena = new Arena();
  try {
    const bits = arena.u8(CONTAINER_BYTES * containerCount).fill(0);
    for (const row of before) bits[row >> 3]! |= 1 << (row & 7);
    uniteRoaring(arena.take(Buffer.from(bytes)), bits, 'the bitmap');
    const rows: number[] = [];
    // A copy: single bytes of shared memory are slow to read.
    Uint8Array.from(bits).forEach((byte, i) => {
      for (let bit = 0; byte >> bit !== 0; bit++) if ((byte >> bit) & 1) rows.push(8 * i + bit);
    });
    return rows;
  } finally {
    arena.release();
  }
}
