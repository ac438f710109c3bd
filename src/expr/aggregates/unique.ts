// unique.ts — how many different values: uniqExact, and uniq, which is exact here too.

import type { Column } from '../../types/column.ts';
import { keyColumn } from '../../types/value-bytes.ts';
import { uint64 } from '../type-classes.ts';
import { columnOfFloats } from '../vectors.ts';
import { rowKey } from '../value-set.ts';
import type { AggregateEntry, AggregateState } from './aggregate.ts';

/** Rough memory of one entry of a Set. */
const ENTRY_BYTES = 48;

type Key = number | bigint | string;

/** The distinct rows seen in each group. */
export class DistinctRows {
  private readonly groups: Set<Key>[] = [];
  private bytes = 0;

  /** True when the group had no equal row before. */
  add(group: number, key: Key): boolean {
    const known = (this.groups[group] ??= new Set());
    const before = known.size;
    known.add(key);
    if (known.size === before) return false;
    this.bytes += ENTRY_BYTES + (typeof key === 'string' ? key.length : 0);
    return true;
  }

  count(group: number): number {
    return this.groups[group]?.size ?? 0;
  }

  sizeBytes(): number {
    return this.bytes + 64 * this.groups.length;
  }
}

/** What equal rows, and only they, share. */
export function keyReader(args: readonly Column[]): (row: number) => Key {
  const keys = args.map(keyColumn);
  const [only] = keys;
  if (keys.length !== 1 || only!.layout === 'bytes') return (row) => rowKey(keys, row);
  const { values } = only!;
  return (row) => values[row]!;
}

class UniqueState implements AggregateState {
  private readonly distinct = new DistinctRows();

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    _groupCount: number,
    rowCount: number,
  ): void {
    const keyOf = keyReader(args);
    for (let row = 0; row < rowCount; row++) this.distinct.add(groups ? groups[row]! : 0, keyOf(row));
  }

  finish(groupCount: number): Column {
    const counts = Float64Array.from({ length: groupCount }, (_, group) => this.distinct.count(group));
    return columnOfFloats(uint64, counts, groupCount);
  }

  sizeBytes(): number {
    return this.distinct.sizeBytes();
  }
}

export const uniqueAggregates: readonly AggregateEntry[] = [
  {
    names: ['uniqExact', 'uniq', 'uniqHLL12', 'uniqCombined', 'uniqCombined64'],
    arity: [1, Infinity],
    neverNull: true,
    bind: () => ({ type: uint64, createState: () => new UniqueState() }),
  },
];
