// wide-sum.ts — running sums of numbers of 128 and 256 bits, which wrap at 256 bits. These types are rare: the sums are
// the language's own whole numbers.

import type { Arena } from '../../kernels/arena.ts';
import { noGroup } from '../../kernels/aggregate-kernels.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { columnOfWholes, wholesOf } from '../vectors.ts';
import type { Sum } from './sums.ts';

const int256: DataType = { kind: 'Int256' };

export class BigintSum implements Sum {
  readonly #sums: bigint[] = [];
  readonly #scratch: Arena;

  constructor(workspace: Workspace) {
    this.#scratch = workspace.scratch;
  }

  add(column: Column, groups: Uint32Array | undefined, groupCount: number, rowCount: number): void {
    this.#reserve(groupCount);
    const values = wholesOf(column, rowCount);
    for (let row = 0; row < rowCount; row++) {
      const group = groups ? groups[row]! : 0;
      if (group !== noGroup) this.#sums[group]! += values[row]!;
    }
  }

  column(type: DataType, groupCount: number): Column {
    this.#reserve(groupCount);
    return columnOfWholes(type, this.#sums, groupCount);
  }

  floats(groupCount: number): number {
    this.#reserve(groupCount);
    const floats = this.#scratch.f64(groupCount);
    floats.set(this.#sums.map(Number));
    return floats.byteOffset;
  }

  partial(groupCount: number): Column[] {
    return [this.column(int256, groupCount)];
  }

  merge([sums]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.add(sums!, groups, groupCount, groups.length);
  }

  sizeBytes(): number {
    return 40 * this.#sums.length;
  }

  #reserve(groupCount: number): void {
    while (this.#sums.length < groupCount) this.#sums.push(0n);
  }
}
