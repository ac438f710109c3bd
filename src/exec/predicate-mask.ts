// predicate-mask.ts — masks of the rows in which a predicate is true, by kernels.

import { assert, must } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { comparisons } from '../kernels/mask-kernels.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Block, BytesColumn, FixedColumn } from '../types/column.ts';
import type { FixedPhysical } from '../types/data-type.ts';
import type { Predicate } from './predicate.ts';
import { placesOf, valuesAt } from './value-places.ts';

type Within = Extract<Predicate, { kind: 'within' }>;
type Text = Extract<Predicate, { kind: 'text' }>;

/** 1 in each row in which the predicate is true. None of its columns is laid out as a dictionary. */
export function predicateMask(predicate: Predicate, block: Block, arena: Arena): Uint8Array {
  const mask = arena.u8(block.rowCount);
  fill(predicate, block, mask, arena);
  return mask;
}

function fill(predicate: Predicate, block: Block, mask: Uint8Array, arena: Arena): void {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return fillCompound(predicate, block, mask, arena);
    case 'null':
      return fillNulls(predicate, block, mask, arena);
    case 'within':
      fillWithin(predicate, fixedOf(block, predicate.column), mask, arena);
      break;
    case 'text':
      fillText(predicate, bytesOf(block, predicate.column), mask, arena);
      break;
  }
  const { kernels } = kernelRuntime();
  const { byteOffset: pointer, length } = mask;
  if (predicate.negated) kernels.maskNot(pointer, length, pointer);
  const { nulls } = block.columns[predicate.column]!;
  if (nulls) kernels.maskAndNot(pointer, arena.take(nulls).byteOffset, length, pointer);
}

function fixedOf(block: Block, index: number): FixedColumn {
  const column = must(block.columns[index], 'the block has the column');
  assert(column.layout === 'fixed', 'the column is laid out as its type says');
  return column;
}

function bytesOf(block: Block, index: number): BytesColumn {
  const column = must(block.columns[index], 'the block has the column');
  assert(column.layout === 'bytes', 'the column is laid out as its type says');
  return column;
}

function fillCompound(
  { kind, operands }: Extract<Predicate, { kind: 'and' | 'or' }>,
  block: Block,
  mask: Uint8Array,
  arena: Arena,
): void {
  const [first, ...rest] = operands;
  if (first) fill(first, block, mask, arena);
  else mask.fill(kind === 'and' ? 1 : 0);
  const { kernels } = kernelRuntime();
  const combine = kind === 'and' ? kernels.maskAnd : kernels.maskOr;
  const other = arena.u8(mask.length);
  for (const operand of rest) {
    fill(operand, block, other, arena);
    combine(mask.byteOffset, other.byteOffset, mask.length, mask.byteOffset);
  }
}

function fillNulls(
  { column, negated }: Extract<Predicate, { kind: 'null' }>,
  block: Block,
  mask: Uint8Array,
  arena: Arena,
): void {
  const nulls = block.columns[column]?.nulls;
  if (!nulls) mask.fill(negated ? 1 : 0);
  else if (negated) {
    kernelRuntime().kernels.maskNot(arena.take(nulls).byteOffset, mask.length, mask.byteOffset);
  } else mask.set(nulls.subarray(0, mask.length));
}

function fillWithin(
  { physical, low, high }: Within,
  column: FixedColumn,
  mask: Uint8Array,
  arena: Arena,
): void {
  const places = placesOf(physical);
  if (low > high) {
    mask.fill(0);
    return;
  }
  const values = arena.take(column.values).byteOffset;
  const [from, to] = valuesAt(places, [low, high]) as unknown as [number, number];
  const range: Range = { values, rowCount: mask.length, mask: mask.byteOffset };
  if (low === high) compare(physical, range, '=', from);
  else if (low === places.first) compare(physical, range, '<=', to);
  else if (high === places.last) compare(physical, range, '>=', from);
  else between(physical, range, from, to);
}

type Range = { readonly values: number; readonly rowCount: number; readonly mask: number };

/** The constant has the type that JavaScript has for values of that kind. */
function compare(
  physical: FixedPhysical,
  { values, rowCount, mask }: Range,
  comparison: keyof typeof comparisons,
  constant: number | bigint,
): void {
  const { kernels } = kernelRuntime();
  const suffix = physical.toUpperCase() as Uppercase<FixedPhysical>;
  kernels[`compare${suffix}`](values, rowCount, comparisons[comparison], constant as never, mask);
}

function between(
  physical: FixedPhysical,
  { values, rowCount, mask }: Range,
  low: number | bigint,
  high: number | bigint,
): void {
  const { kernels } = kernelRuntime();
  const suffix = physical.toUpperCase() as Uppercase<FixedPhysical>;
  kernels[`between${suffix}`](values, rowCount, low as never, high as never, mask);
}

const textKernels = { equal: 'stringsEqual', start: 'stringsStartWith', contain: 'stringsContain' } as const;

function fillText({ match, needle }: Text, column: BytesColumn, mask: Uint8Array, arena: Arena): void {
  const offsets = arena.take(column.offsets).byteOffset;
  const bytes = arena.take(column.bytes).byteOffset;
  const text = arena.take(needle).byteOffset;
  const kernel = kernelRuntime().kernels[textKernels[match]];
  kernel(offsets, bytes, mask.length, text, needle.length, mask.byteOffset);
}
