// values-knowledge.ts — what a bloom_filter index says of a condition: a value whose hash is not in a filter is in no row.

import { must } from '../../base/assert.ts';
import type { Expression as Bound } from '../../expr/expression.ts';
import { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import { bloomHashesOf, bloomShapeOf } from '../../parts/bloom-hash.ts';
import { sliceColumn } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { pointValue } from '../column-spans.ts';
import type { OperandTest } from '../operand-test.ts';
import { spansOfSet, spansOfTest } from '../test-spans.ts';
import { CAN_BE_FALSE } from '../three-valued.ts';
import { withNegativeZero } from './equal-values.ts';
import { filterTest } from './filter-test.ts';
import { knowledgeByPlace, type IndexKnowledge, type PlaceTest } from './index-knowledge.ts';
import { elementOf } from './indexed-operand.ts';

/** A row has all hashes of one of these. */
type Alternatives = readonly (readonly bigint[])[];

export function valuesKnowledge(expressions: readonly Bound[], falsePositiveRate: number): IndexKnowledge {
  const { hashCount } = bloomShapeOf(falsePositiveRate);
  const testOfPlace: PlaceTest = (place, test) => {
    const alternatives = alternativesOf(elementOf(expressions[place]!.type), test);
    return alternatives && filterTest(place, (filter) => hasHashes(filter, alternatives, hashCount));
  };
  return knowledgeByPlace(expressions, testOfPlace, CAN_BE_FALSE);
}

/** Which values there must be for the test to hold; undefined when that is not known value by value. */
function alternativesOf(type: DataType, test: OperandTest): Alternatives | undefined {
  switch (test.kind) {
    case 'compare':
    case 'in': {
      const spans = spansOfTest(type, test)?.spans;
      if (!spans?.every((span) => span.point)) return undefined;
      return spans.flatMap((span) => hashesOf(pointValue(type, span))).map((hash) => [hash]);
    }
    case 'has':
      return valueHashes(type, test.constant, 0)?.map((hash) => [hash]);
    case 'hasAny':
      return anyOf(type, test.elements);
    case 'hasAll':
      return allOf(type, test.elements);
    default:
      return undefined;
  }
}

/** Hashes of what equals the row's value; undefined of NULL, which arrays can have among their elements. */
function valueHashes(type: DataType, column: Column, row: number): readonly bigint[] | undefined {
  if (column.nulls?.[row] === 1 || column.type.kind === 'Nothing') return undefined;
  const spans = spansOfSet(type, sliceColumn(column, row, row + 1))?.spans;
  if (!spans?.every((span) => span.point)) return undefined;
  return spans.flatMap((span) => hashesOf(pointValue(type, span)));
}

function anyOf(type: DataType, elements: Column): Alternatives | undefined {
  const alternatives: (readonly bigint[])[] = [];
  for (let row = 0; row < elements.rowCount; row++) {
    const hashes = valueHashes(type, elements, row);
    if (!hashes) return undefined;
    for (const hash of hashes) alternatives.push([hash]);
  }
  return alternatives;
}

/** Elements that are not known leave the others. */
function allOf(type: DataType, elements: Column): Alternatives {
  const all: bigint[] = [];
  for (let row = 0; row < elements.rowCount; row++) {
    const hashes = valueHashes(type, elements, row);
    if (hashes?.length === 0) return [];
    if (hashes?.length === 1) all.push(must(hashes[0], 'one hash'));
  }
  return [all];
}

/** Of the one value, and of -0 where it is 0: they are equal, and their bits differ. */
function hashesOf(value: Column): bigint[] {
  const arena = new Arena();
  try {
    return withNegativeZero(value).map((each) => bloomHashesOf(inArena(each, arena), 0, 1, arena)[0]!);
  } finally {
    arena.release();
  }
}

function inArena(column: Column, arena: Arena): Column {
  if (column.layout === 'fixed') return { ...column, values: arena.take(column.values) };
  const { offsets, bytes } = column as Extract<Column, { layout: 'bytes' }>;
  const taken = arena.take(bytes);
  return {
    ...(column as Extract<Column, { layout: 'bytes' }>),
    offsets: arena.take(offsets),
    bytes: Buffer.from(taken.buffer, taken.byteOffset, taken.byteLength),
  };
}

/** The filter lies in the kernels' memory. */
function hasHashes(filter: Uint8Array, alternatives: Alternatives, hashCount: number): boolean {
  const { kernels } = kernelRuntime();
  const has = (hash: bigint): boolean =>
    kernels.bloomHas(hash, hashCount, filter.byteOffset, filter.length) !== 0;
  return alternatives.some((hashes) => hashes.every(has));
}
