// compare-loops.ts — the inner loops of comparisons: one set per way values lie in memory.

import type { Column } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { sameType, type DataType } from '../types/data-type.ts';
import { wideShape } from '../types/wide-number.ts';
import { bytes, floatsOf, is64, numbersOf, wholesOf } from './vectors.ts';

/** 1 in each row in which the comparison holds. */
export type CompareLoop = (a: Column, b: Column, rowCount: number) => Uint8Array;

/** Three are enough: the other three swap the operands or invert the answer. */
export type CompareLoops = {
  readonly equals: CompareLoop;
  readonly less: CompareLoop;
  readonly lessOrEquals: CompareLoop;
};

/** Loops over the raw numbers of both sides, compared by value. */
export function numberLoops(a: DataType, b: DataType): CompareLoops {
  if (wideShape(a) || wideShape(b)) return sameType(a, b) ? sameTypeLoops : wideLoops;
  return is64(a) || is64(b) ? wideLoops : floatLoops;
}

const floatLoops: CompareLoops = {
  equals: (left, right, rowCount) => {
    const [a, b, mask] = [floatsOf(left, rowCount), floatsOf(right, rowCount), new Uint8Array(rowCount)];
    for (let i = 0; i < rowCount; i++) mask[i] = a[i] === b[i] ? 1 : 0;
    return mask;
  },
  less: (left, right, rowCount) => {
    const [a, b, mask] = [floatsOf(left, rowCount), floatsOf(right, rowCount), new Uint8Array(rowCount)];
    for (let i = 0; i < rowCount; i++) mask[i] = a[i]! < b[i]! ? 1 : 0;
    return mask;
  },
  lessOrEquals: (left, right, rowCount) => {
    const [a, b, mask] = [floatsOf(left, rowCount), floatsOf(right, rowCount), new Uint8Array(rowCount)];
    for (let i = 0; i < rowCount; i++) mask[i] = a[i]! <= b[i]! ? 1 : 0;
    return mask;
  },
};

/** At least one side has integers of 64 bits or more. The language compares a bigint with a number exactly. */
const wideLoops: CompareLoops = {
  equals: (left, right, rowCount) => {
    const [a, b, mask] = [numbersOf(left, rowCount), numbersOf(right, rowCount), new Uint8Array(rowCount)];
    for (let i = 0; i < rowCount; i++) mask[i] = a[i]! <= b[i]! && a[i]! >= b[i]! ? 1 : 0;
    return mask;
  },
  less: (left, right, rowCount) => {
    const [a, b, mask] = [numbersOf(left, rowCount), numbersOf(right, rowCount), new Uint8Array(rowCount)];
    for (let i = 0; i < rowCount; i++) mask[i] = a[i]! < b[i]! ? 1 : 0;
    return mask;
  },
  lessOrEquals: (left, right, rowCount) => {
    const [a, b, mask] = [numbersOf(left, rowCount), numbersOf(right, rowCount), new Uint8Array(rowCount)];
    for (let i = 0; i < rowCount; i++) mask[i] = a[i]! <= b[i]! ? 1 : 0;
    return mask;
  },
};

/** Whole numbers that first are multiplied, each side by its factor: decimals of different scale. */
export function scaledLoops(factorA: bigint, factorB: bigint): CompareLoops {
  const loop =
    (holds: (x: bigint, y: bigint) => boolean): CompareLoop =>
    (a, b, rowCount) => {
      const [xs, ys] = [wholesOf(a, rowCount), wholesOf(b, rowCount)];
      return maskOf(rowCount, (row) => holds(xs[row]! * factorA, ys[row]! * factorB));
    };
  return {
    equals: loop((x, y) => x === y),
    less: loop((x, y) => x < y),
    lessOrEquals: loop((x, y) => x <= y),
  };
}

/** < 0, 0 or > 0 for one pair of rows. */
type ThreeWay = (a: Column, b: Column, row: number) => number;

function threeWayLoops(compare: ThreeWay, equal: CompareLoop): CompareLoops {
  return {
    equals: equal,
    less: (a, b, rowCount) => maskOf(rowCount, (row) => compare(a, b, row) < 0),
    lessOrEquals: (a, b, rowCount) => maskOf(rowCount, (row) => compare(a, b, row) <= 0),
  };
}

function maskOf(rowCount: number, test: (row: number) => boolean): Uint8Array {
  const mask = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) mask[row] = test(row) ? 1 : 0;
  return mask;
}

const equalBytes: CompareLoop = (left, right, rowCount) => {
  const [a, b, mask] = [bytes(left), bytes(right), new Uint8Array(rowCount)];
  for (let row = 0; row < rowCount; row++) {
    const [startA, startB] = [a.offsets[row]!, b.offsets[row]!];
    const length = a.offsets[row + 1]! - startA;
    if (length !== b.offsets[row + 1]! - startB) continue;
    let i = 0;
    while (i < length && a.bytes[startA + i] === b.bytes[startB + i]) i++;
    mask[row] = i === length ? 1 : 0;
  }
  return mask;
};

/** By bytes; of two, one of which begins with the other, the shorter is less. With `padded`, zero bytes at the end do not count. */
function compareBytes(left: Column, right: Column, row: number, padded: boolean): number {
  const [a, b] = [bytes(left), bytes(right)];
  let [atA, atB] = [a.offsets[row]!, b.offsets[row]!];
  const [endA, endB] = [a.offsets[row + 1]!, b.offsets[row + 1]!];
  while (atA < endA && atB < endB && a.bytes[atA] === b.bytes[atB]) {
    atA++;
    atB++;
  }
  if (atA < endA && atB < endB) return a.bytes[atA]! - b.bytes[atB]!;
  if (!padded) return endA - atA - (endB - atB);
  while (atA < endA) if (a.bytes[atA++] !== 0) return 1;
  while (atB < endB) if (b.bytes[atB++] !== 0) return -1;
  return 0;
}

/** String beside String. */
export const stringLoops = threeWayLoops((a, b, row) => compareBytes(a, b, row, false), equalBytes);

/** A FixedString on at least one side. */
export const paddedLoops = threeWayLoops(
  (a, b, row) => compareBytes(a, b, row, true),
  (a, b, rowCount) => maskOf(rowCount, (row) => compareBytes(a, b, row, true) === 0),
);

/** Both sides of one type, in its sort order. */
export const sameTypeLoops = threeWayLoops(
  (a, b, row) => compareAt(a, row, b, row),
  (a, b, rowCount) => maskOf(rowCount, (row) => compareAt(a, row, b, row) === 0),
);
