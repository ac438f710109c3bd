// sums.ts — running sums of groups, by kernels: 64 bits that wrap, 128 bits that never do, or floats. Of wider numbers: wide-sum.ts.
//
// Floats are added in the order of the rows.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import type { Column } from '../../types/column.ts';
import { physicalOf, type DataType, type FixedPhysical } from '../../types/data-type.ts';
import { fixedArrayAt } from '../kernel-arrays.ts';
import { float64, int64 } from '../type-classes.ts';
import { columnOfWholes, fixed, fixedColumn, type Bigints } from '../vectors.ts';
import { BigintSum } from './wide-sum.ts';

/** Adds up values of one fixed type. */
export interface Sum {
  add(values: Column, groups: Uint32Array | undefined, groupCount: number, rowCount: number): void;
  /** As a type of at least as many bits as the sums have. */
  column(type: DataType, groupCount: number): Column;
  /** As the nearest f64, at a pointer. */
  floats(groupCount: number): number;
  partial(groupCount: number): Column[];
  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void;
  /** Memory in use outside of the workspace, roughly. */
  sizeBytes(): number;
}

/** A sum that never wraps, of integers or decimals of up to 64 bits; beyond that one that wraps; of floats a sum of floats. */
export function exactSum(type: DataType, workspace: Workspace): Sum {
  const physical = physicalOf(type) as FixedPhysical | 'bytes';
  switch (physical) {
    case 'bytes':
      return new BigintSum(workspace);
    case 'f32':
    case 'f64':
      return new FloatSum(physical, workspace);
    case 'i64':
    case 'u64':
      return new WideSum(physical, workspace);
    default:
      // 2^31 values of up to 32 bits fit.
      return new WrappingSum(physical, workspace);
  }
}

type NarrowSuffix = Uppercase<Exclude<FixedPhysical, 'i64' | 'u64'>> | '64';

const suffixOf = (physical: FixedPhysical): NarrowSuffix =>
  physical === 'i64' || physical === 'u64' ? '64' : (physical.toUpperCase() as Uppercase<typeof physical>);

/** Sums that are 8 bytes each, and how kernels add to them. */
abstract class NarrowSum implements Sum {
  protected readonly sums: GrowingArray;
  protected readonly scratch: Arena;
  readonly #suffix: NarrowSuffix;

  constructor(physical: FixedPhysical, workspace: Workspace) {
    this.sums = workspace.array();
    this.scratch = workspace.scratch;
    this.#suffix = suffixOf(physical);
  }

  add(column: Column, groups: Uint32Array | undefined, groupCount: number, rowCount: number): void {
    this.sums.reserve(8 * groupCount);
    this.#addAs(this.#suffix, column, groups, rowCount);
  }

  #addAs(suffix: NarrowSuffix, column: Column, groups: Uint32Array | undefined, rowCount: number): void {
    const { kernels } = kernelRuntime();
    const values = this.scratch.take(fixed(column).values).byteOffset;
    if (!groups) return kernels[`sumAll${suffix}`](values, rowCount, this.sums.pointer);
    const pointer = this.scratch.take(groups).byteOffset;
    kernels[`sumGroups${suffix}`](values, pointer, rowCount, this.sums.pointer);
  }

  abstract floats(groupCount: number): number;

  abstract column(type: DataType, groupCount: number): Column;

  sizeBytes(): number {
    return 0;
  }

  partial(groupCount: number): Column[] {
    return [this.column(this.partialType, groupCount)];
  }

  protected abstract readonly partialType: DataType;
  protected abstract readonly partialPhysical: FixedPhysical;

  merge([sums]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.sums.reserve(8 * groupCount);
    this.#addAs(suffixOf(this.partialPhysical), sums!, groups, groups.length);
  }
}

/** Sums of 64 bits, signed or not, which wrap. */
export class WrappingSum extends NarrowSum {
  protected readonly partialType = int64;
  protected readonly partialPhysical = 'i64';
  readonly #isUnsigned: boolean;

  constructor(physical: FixedPhysical, workspace: Workspace) {
    super(physical, workspace);
    this.#isUnsigned = physical === 'u64';
  }

  floats(groupCount: number): number {
    this.sums.reserve(8 * groupCount);
    const floats = this.scratch.f64(groupCount);
    const { kernels } = kernelRuntime();
    kernels[this.#isUnsigned ? 'floatsOfUnsignedSums' : 'floatsOfSums'](
      this.sums.pointer,
      groupCount,
      floats.byteOffset,
    );
    return floats.byteOffset;
  }

  column(type: DataType, groupCount: number): Column {
    this.sums.reserve(8 * groupCount);
    const physical = physicalOf(type);
    const sums = fixedArrayAt(this.sums.pointer, physical === 'u64' ? 'u64' : 'i64', groupCount);
    return columnOfWholes(type, sums as Bigints, groupCount);
  }
}

export class FloatSum extends NarrowSum {
  protected readonly partialType = float64;
  protected readonly partialPhysical = 'f64';

  floats(groupCount: number): number {
    this.sums.reserve(8 * groupCount);
    return this.sums.pointer;
  }

  column(type: DataType, groupCount: number): Column {
    return fixedColumn(type, fixedArrayAt(this.floats(groupCount), 'f64', groupCount), groupCount);
  }
}

const wideBytes = 16;

/** Sums of 128 bits. */
export class WideSum implements Sum {
  readonly #sums: GrowingArray;
  readonly #scratch: Arena;
  readonly #suffix: 'I64' | 'U64';

  constructor(physical: 'i64' | 'u64', workspace: Workspace) {
    this.#sums = workspace.array();
    this.#scratch = workspace.scratch;
    this.#suffix = physical === 'i64' ? 'I64' : 'U64';
  }

  add(column: Column, groups: Uint32Array | undefined, groupCount: number, rowCount: number): void {
    this.#sums.reserve(wideBytes * groupCount);
    const { kernels } = kernelRuntime();
    const values = this.#scratch.take(fixed(column).values).byteOffset;
    if (!groups) return kernels[`sumWideAll${this.#suffix}`](values, rowCount, this.#sums.pointer);
    const pointer = this.#scratch.take(groups).byteOffset;
    kernels[`sumWideGroups${this.#suffix}`](values, pointer, rowCount, this.#sums.pointer);
  }

  floats(groupCount: number): number {
    this.#sums.reserve(wideBytes * groupCount);
    const floats = this.#scratch.f64(groupCount);
    kernelRuntime().kernels.floatsOfWideSums(this.#sums.pointer, groupCount, floats.byteOffset);
    return floats.byteOffset;
  }

  /** Of a type of 128 bits. */
  column(type: DataType, groupCount: number): Column {
    this.#sums.reserve(wideBytes * groupCount);
    const { kernels, memory } = kernelRuntime();
    const bytes = this.#scratch.bytes(wideBytes * groupCount);
    kernels.reverseValues(this.#sums.pointer, bytes.byteOffset, groupCount, wideBytes);
    kernels.flipSigns(bytes.byteOffset, groupCount, wideBytes);
    const offsets = this.#scratch.u32(groupCount + 1);
    kernels.evenOffsets(offsets.byteOffset, groupCount, wideBytes);
    return {
      layout: 'bytes',
      type,
      rowCount: groupCount,
      offsets,
      bytes: Buffer.from(memory.buffer, bytes.byteOffset, bytes.length),
      nulls: undefined,
    };
  }

  sizeBytes(): number {
    return 0;
  }

  /** Two rows per group: the halves of its sum. */
  partial(groupCount: number): Column[] {
    this.#sums.reserve(wideBytes * groupCount);
    return [fixedColumn(int64, fixedArrayAt(this.#sums.pointer, 'i64', 2 * groupCount), 2 * groupCount)];
  }

  merge([halves]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#sums.reserve(wideBytes * groupCount);
    const partial = this.#scratch.take(fixed(halves!).values).byteOffset;
    const pointer = this.#scratch.take(groups).byteOffset;
    kernelRuntime().kernels.addWideSums(partial, pointer, groups.length, this.#sums.pointer);
  }
}
