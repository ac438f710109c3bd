// fixed-numbering.ts — numbers for the values of a fixed column.

import { assert } from '../../base/assert.ts';
import type { Arena } from '../../kernels/arena.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { Column, FixedColumn, FixedValues } from '../../types/column.ts';
import { isNullable, physicalOf, type DataType, type FixedPhysical } from '../../types/data-type.ts';
import { fixedArrayIn } from '../kernel-arrays.ts';
import type { ColumnNumbering, NumberTarget } from './numbering.ts';
import { rangeOf } from './value-range.ts';
import { maxSlotsByOffset, ValueTable } from './value-table.ts';

type NumberingKernel = Extract<keyof Kernels, `numberByOffset${string}` | `numberHashed${string}`>;

/** Bytes are numbered as their bits: 256 slots hold them all. */
const byOffset: Readonly<Partial<Record<FixedPhysical, NumberingKernel>>> = {
  i8: 'numberByOffsetU8',
  u8: 'numberByOffsetU8',
  i16: 'numberByOffsetI16',
  u16: 'numberByOffsetU16',
  i32: 'numberByOffsetI32',
  u32: 'numberByOffsetU32',
  i64: 'numberByOffset64',
  u64: 'numberByOffset64',
};

/** 16 bits always fit a table by offset. */
const hashed: Readonly<Partial<Record<FixedPhysical, NumberingKernel>>> = {
  i32: 'numberHashedI32',
  u32: 'numberHashedU32',
  i64: 'numberHashed64',
  u64: 'numberHashed64',
  f32: 'numberHashedF32',
  f64: 'numberHashedF64',
};

export class FixedNumbering implements ColumnNumbering {
  readonly #type: DataType;
  readonly #physical: FixedPhysical;
  readonly #table: ValueTable;
  readonly #scratch: Arena;
  #kernel: NumberingKernel | undefined;
  /** The range of a table by offset. */
  #range: { readonly base: bigint; readonly slotCount: bigint } = { base: 0n, slotCount: 0n };

  constructor(type: DataType, workspace: Workspace) {
    this.#type = type;
    this.#physical = physicalOf(type) as FixedPhysical;
    this.#table = new ValueTable(workspace);
    this.#scratch = workspace.scratch;
    this.#kernel = byOffset[this.#physical];
    if (this.#kernel === 'numberByOffsetU8') this.#reach(0n, 255n);
    if (this.#kernel === undefined) this.#hash();
  }

  get count(): number {
    return this.#table.record.count;
  }

  assign(column: Column, rowCount: number, target: NumberTarget): void {
    assert(column.layout === 'fixed', 'the columns of one key have one layout');
    const values = this.#scratch.take(column.values);
    const nulls = column.nulls ? this.#scratch.take(column.nulls).byteOffset : 0;
    const { record } = this.#table;
    const { kernels } = kernelRuntime();
    record.setTarget(target);
    for (let row = 0; row < rowCount;) {
      row = kernels[this.#kernel!](record.pointer, values.byteOffset, nulls, row, rowCount);
      if (row < rowCount) this.#makeRoom(values, row, rowCount);
    }
  }

  #makeRoom(values: FixedValues, row: number, rowCount: number): void {
    if (this.#table.record.isFull) this.#table.growLimit();
    else {
      const { least, greatest } = rangeOf(this.#physical, values.subarray(row, rowCount), this.#scratch);
      this.#reach(least, greatest);
    }
  }

  /** Makes the table by offset hold these values too, or hashes when it would become too large. */
  #reach(least: bigint, greatest: bigint): void {
    const { base, slotCount } = this.#range;
    const isNew = slotCount === 0n;
    const first = isNew || least < base ? least : base;
    const last = isNew || greatest >= base + slotCount ? greatest : base + slotCount - 1n;
    if (last - first >= maxSlotsByOffset) return this.#hash();
    // Room on the side to which the values grow.
    const size = 2 ** Math.max(8, Number(last - first).toString(2).length);
    const newBase = !isNew && first < base ? last - BigInt(size - 1) : first;
    this.#range = { base: newBase, slotCount: BigInt(size) };
    this.#table.record.setBase(newBase);
    this.#table.slotsByOffset(size);
    kernelRuntime().kernels.refillByOffset(this.#table.record.pointer);
  }

  #hash(): void {
    this.#kernel = hashed[this.#physical];
    this.#table.hash();
  }

  values(arena: Arena): FixedColumn {
    const { record, valuePointer } = this.#table;
    const values = fixedArrayIn(arena, this.#physical, record.count);
    const { kernels, memory } = kernelRuntime();
    switch (values.BYTES_PER_ELEMENT) {
      case 1:
        kernels.valuesOf8(record.pointer, record.count, values.byteOffset);
        break;
      case 2:
        kernels.valuesOf16(record.pointer, record.count, values.byteOffset);
        break;
      case 4:
        kernels.valuesOf32(record.pointer, record.count, values.byteOffset);
        break;
      default:
        new Uint8Array(memory.buffer).copyWithin(
          values.byteOffset,
          valuePointer,
          valuePointer + 8 * record.count,
        );
    }
    const nulls = isNullable(this.#type) ? record.nulls(arena) : undefined;
    return { layout: 'fixed', type: this.#type, rowCount: record.count, values, nulls };
  }
}
