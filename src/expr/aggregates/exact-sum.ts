// exact-sum.ts — exact sums of integers, per group, without a bigint per row.
//
// A sum is spill + high × 2^32 + low. `low` and `high` are floats that hold whole numbers below 2^53; what grows near
// that bound moves to the spill, which few groups ever have. 64-bit values are read as two 32-bit halves.

import type { FixedValues } from '../../types/column.ts';
import { grown } from './aggregate.ts';

/** One addition adds at most 2^32, so a check after each keeps the halves exact. */
const SPILL_AT = 2 ** 52;

export class ExactSum {
  private low = new Float64Array(1);
  private high = new Float64Array(1);
  private readonly spill = new Map<number, bigint>();

  add(values: FixedValues, groups: Uint32Array | undefined, groupCount: number, rowCount: number): void {
    this.low = grown(this.low, groupCount);
    this.high = grown(this.high, groupCount);
    if (values instanceof BigInt64Array) this.addWide(halves(values), true, groups, rowCount);
    else if (values instanceof BigUint64Array) this.addWide(halves(values), false, groups, rowCount);
    else this.addNarrow(values, groups, rowCount);
  }

  private addNarrow(values: ArrayLike<number>, groups: Uint32Array | undefined, rowCount: number): void {
    const { low } = this;
    for (let row = 0; row < rowCount; row++) {
      const group = groups ? groups[row]! : 0;
      const sum = low[group]! + values[row]!;
      low[group] = sum;
      if (sum > SPILL_AT || sum < -SPILL_AT) this.moveToSpill(group);
    }
  }

  private addWide(
    words: Uint32Array,
    signed: boolean,
    groups: Uint32Array | undefined,
    rowCount: number,
  ): void {
    const { low, high } = this;
    for (let row = 0; row < rowCount; row++) {
      const group = groups ? groups[row]! : 0;
      const upper = words[2 * row + 1]!;
      const lowSum = low[group]! + words[2 * row]!;
      const highSum = high[group]! + (signed ? upper | 0 : upper);
      low[group] = lowSum;
      high[group] = highSum;
      if (lowSum > SPILL_AT || highSum > SPILL_AT || highSum < -SPILL_AT) this.moveToSpill(group);
    }
  }

  private moveToSpill(group: number): void {
    this.spill.set(group, this.total(group));
    this.low[group] = 0;
    this.high[group] = 0;
  }

  /** The group's sum; 0 when nothing was added. */
  total(group: number): bigint {
    const sum = (BigInt(this.high[group] ?? 0) << 32n) + BigInt(this.low[group] ?? 0);
    return sum + (this.spill.get(group) ?? 0n);
  }

  sizeBytes(): number {
    return 16 * this.low.length + 64 * this.spill.size;
  }
}

/** The same memory as 32-bit words, the lower half first (all machines that run Node are little-endian). */
function halves(values: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}
