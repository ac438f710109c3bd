// extreme.ts — min and max of fixed types, by kernels.
//
// NaN is kept only when there is nothing else. Of equal values the first seen stays.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import { fixedArrays, type Column, type FixedValues } from '../../types/column.ts';
import { defaultRow } from '../../types/column-builder.ts';
import { physicalOf, type DataType, type FixedPhysical } from '../../types/data-type.ts';
import { fixedArrayAt } from '../kernel-arrays.ts';
import { uint8 } from '../type-classes.ts';
import { fixed, fixedColumn } from '../vectors.ts';
import type { AggregateState } from './aggregate.ts';

export class ExtremeState implements AggregateState {
  readonly leavesOut = true;
  readonly #type: DataType;
  readonly #physical: FixedPhysical;
  readonly #rule: 'least' | 'greatest';
  readonly #kept: GrowingArray;
  readonly #seen: GrowingArray;
  readonly #scratch: Arena;

  constructor(rule: 'least' | 'greatest', type: DataType, workspace: Workspace) {
    this.#rule = rule;
    this.#type = type;
    this.#physical = physicalOf(type) as FixedPhysical;
    this.#kept = workspace.array();
    this.#seen = workspace.array();
    this.#scratch = workspace.scratch;
  }

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#reserve(groupCount);
    const { kernels } = kernelRuntime();
    const suffix = this.#physical.toUpperCase() as Uppercase<FixedPhysical>;
    const values = this.#scratch.take(fixed(arg!).values).byteOffset;
    const [kept, seen] = [this.#kept.pointer, this.#seen.pointer];
    if (!groups) return kernels[`${this.#rule}OfAll${suffix}`](values, rowCount, kept, seen);
    const pointer = this.#scratch.take(groups).byteOffset;
    kernels[`${this.#rule}OfGroups${suffix}`](values, pointer, rowCount, kept, seen);
  }

  #reserve(groupCount: number): void {
    this.#kept.reserve(groupCount * fixedArrays[this.#physical].BYTES_PER_ELEMENT);
    this.#seen.reserve(groupCount);
  }

  finish(groupCount: number): Column {
    const [values, seen] = this.#arrays(groupCount);
    const unseen = fixed(defaultRow(this.#type)).values[0] as never;
    for (let group = seen.indexOf(0); group >= 0; group = seen.indexOf(0, group + 1)) values[group] = unseen;
    return fixedColumn(this.#type, values, groupCount);
  }

  #arrays(groupCount: number): [kept: FixedValues, seen: Uint8Array] {
    this.#reserve(groupCount);
    return [
      fixedArrayAt(this.#kept.pointer, this.#physical, groupCount),
      fixedArrayAt(this.#seen.pointer, 'u8', groupCount) as Uint8Array,
    ];
  }

  partial(groupCount: number): Column[] {
    const [kept, seen] = this.#arrays(groupCount);
    return [fixedColumn(this.#type, kept, groupCount), fixedColumn(uint8, seen, groupCount)];
  }

  merge([kept, seen]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    const here = this.#scratch.u32(groups.length);
    const from = this.#scratch.take(groups).byteOffset;
    const mask = this.#scratch.take(fixed(seen!).values).byteOffset;
    kernelRuntime().kernels.groupsWhere(from, mask, groups.length, here.byteOffset);
    this.update([kept!], here, groupCount, groups.length);
  }

  sizeBytes(): number {
    return 0;
  }
}
