import { afterAll, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { Arena } from './arena.ts';
import { MemoryEdge } from './memory-edge.test-support.ts';
import { kernelRuntime } from './runtime.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
beforeEach(() => arena.rewind());
afterAll(() => arena.release());

const containerRows = 65_536;

/** Positions of the bits that are set. */
function rowsOf(bits: Uint8Array): number[] {
  const rows: number[] = [];
  for (let row = 0; row < 8 * bits.length; row++) if (bits[row >> 3]! & (1 << (row & 7))) rows.push(row);
  return rows;
}

/** Empty, single, full, at both edges, runs across bytes and vectors, and random ones of several densities. */
function samples(): number[][] {
  const random = createRandom(7);
  const all = Array.from({ length: containerRows }, (_, row) => row);
  const ofDensity = (probability: number): number[] => all.filter(() => random.chance(probability));
  const ranges = [
    [0, 1],
    [7, 9],
    [8, 16],
    [100, 131],
    [65_535, 65_536],
    [65_529, 65_536],
    [1, 65_535],
  ] as const;
  return [
    [],
    [0],
    [65_535],
    [0, 65_535],
    all,
    ...ranges.map(([from, to]) => all.slice(from, to)),
    ranges.slice(0, 4).flatMap(([from, to]) => all.slice(from + 200, to + 200)),
    ...[0.0005, 0.05, 0.5, 0.99].map(ofDensity),
  ].map((rows) => [...new Set(rows)].sort((a, b) => a - b));
}

test('positions and runs set the bits of their rows, and keep those that are set', () => {
  for (const rows of samples()) {
    arena.rewind();
    const positions = arena.take(Uint16Array.from(rows));
    const bits = arena.u8(8192).fill(0);
    kernels.setPositions(positions.byteOffset, rows.length, bits.byteOffset);
    expect(rowsOf(bits)).toEqual(rows);
    const runCount = kernels.countRuns(positions.byteOffset, rows.length);
    expect(runCount).toBe(rows.filter((row, i) => rows[i - 1] !== row - 1).length);
    const runs = arena.u16(2 * runCount);
    kernels.putRuns(positions.byteOffset, rows.length, runs.byteOffset);
    const ofRuns = arena.u8(8192).fill(0);
    ofRuns[1000] = 0x55;
    kernels.setRuns(runs.byteOffset, runCount, ofRuns.byteOffset);
    expect(rowsOf(ofRuns)).toEqual(rowsOf(bits.map((byte, i) => (i === 1000 ? byte | 0x55 : byte))));
  }
});

test('a damaged run writes nothing behind its container', () => {
  const edge = new MemoryEdge();
  const bits = edge.putLast(new Uint8Array(8192 + 32)).subarray(0, 8192);
  const runs = edge.middle(4);
  new Uint16Array(runs.buffer, runs.byteOffset, 2).set([65_000, 65_535]);
  edge.kernels.setRuns(runs.byteOffset, 1, bits.byteOffset);
  expect(rowsOf(bits)).toHaveLength(536);
  expect(rowsOf(edge.last(32))).toEqual([]);
});

test('rows are grouped by code, each group ascending', () => {
  const random = createRandom(8);
  for (const [count, codeCount] of [
    [0, 3],
    [1, 1],
    [1000, 5],
    [containerRows, 1],
    [containerRows, 4097],
  ] as const) {
    arena.rewind();
    const codes = arena.take(Uint32Array.from({ length: count }, () => random.int(codeCount)));
    const [ends, positions] = [arena.u32(codeCount), arena.u16(count)];
    kernels.groupByCode(codes.byteOffset, count, codeCount, ends.byteOffset, positions.byteOffset);
    const groups: number[][] = Array.from({ length: codeCount }, () => []);
    codes.forEach((code, row) => groups[code]!.push(row));
    expect([...positions]).toEqual(groups.flat());
    let end = 0;
    expect([...ends]).toEqual(groups.map((rows) => (end += rows.length)));
  }
});

test('bits are counted, and become a mask, from any bit to any bit', () => {
  const random = createRandom(9);
  const bits = arena.take(Uint8Array.from({ length: 512 }, () => random.int(256)));
  const isSet = (row: number): number => (bits[row >> 3]! >> (row & 7)) & 1;
  for (let i = 0; i < 500; i++) {
    const from = random.int(4096);
    const count = random.int(Math.min(4096 - from, i < 250 ? 150 : 4096) + 1);
    const expected = Uint8Array.from({ length: count }, (_, row) => isSet(from + row));
    const mask = arena.u8(count).fill(0xee);
    kernels.bitsToMask(bits.byteOffset, from, count, mask.byteOffset);
    expect(mask).toEqual(expected);
    const counted = kernels.countBits(bits.byteOffset, from, from + count);
    expect(counted).toBe(expected.reduce((sum, bit) => sum + bit, 0));
  }
});

test('kernels stay within the slack of their arrays', () => {
  const edge = new MemoryEdge();
  const bits = edge.putLast(new Uint8Array(8192).fill(0xff));
  expect(edge.kernels.countBits(bits.byteOffset, 3, containerRows)).toBe(containerRows - 3);
  edge.kernels.bitsToMask(bits.byteOffset, 65_500, 36, edge.middle(36).byteOffset);
  expect([...edge.middle(36)]).toEqual(Array.from({ length: 36 }, () => 1));
  const mask = edge.last(13);
  edge.kernels.bitsToMask(edge.middle(1).byteOffset, 0, 13, mask.byteOffset);
  const positions = edge.putLast(Uint8Array.of(1, 0, 2, 0, 9, 0));
  expect(edge.kernels.countRuns(positions.byteOffset, 3)).toBe(2);
});
