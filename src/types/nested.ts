// nested.ts — columns of Nested: `n Nested(a T, b U)` is the arrays `n.a` and `n.b`, which in each row have one length.

import { WinnowError } from '../base/errors.ts';
import type { ArrayColumn, Block, NamedType } from './column.ts';

/** The name of the Nested that a column belongs to, by its own: what stands before the first dot; undefined of others. */
export function nestedName(name: string): string | undefined {
  const dot = name.indexOf('.');
  return dot > 0 && dot < name.length - 1 ? name.slice(0, dot) : undefined;
}

/** Positions of the arrays of each Nested. */
export function nestedArrays(columns: readonly NamedType[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [position, { name, type }] of columns.entries()) {
    const group = type.kind === 'Array' ? nestedName(name) : undefined;
    if (group === undefined) continue;
    const known = groups.get(group);
    if (known) known.push(position);
    else groups.set(group, [position]);
  }
  return [...groups.values()];
}

/** Errors: SIZES_OF_ARRAYS_DONT_MATCH when arrays of one Nested differ in length in a row. */
export function requireEqualLengths(columns: readonly NamedType[], block: Block): void {
  for (const [first, ...others] of nestedArrays(columns)) {
    const expected = offsetsOf(block, first!);
    for (const other of others) {
      if (expected.equals(offsetsOf(block, other))) continue;
      throw new WinnowError(
        'SIZES_OF_ARRAYS_DONT_MATCH',
        `columns ${columns[first!]!.name} and ${columns[other]!.name} have arrays of different lengths in a row`,
        { detail: 'Arrays of one Nested have one length in each row.' },
      );
    }
  }
}

function offsetsOf(block: Block, position: number): Buffer {
  const { offsets } = block.columns[position] as ArrayColumn;
  return Buffer.from(offsets.buffer, offsets.byteOffset, 4 * (block.rowCount + 1));
}
