// numbering.ts — equal values get equal numbers: 0, 1, 2 … in order of first sight.
//
// A numbering is a record in the kernels' memory (wasm/numbering.ts has its layout) and the arrays that it points to.
// Kernels fill it and stop when there is no room; the classes here make room and let them go on.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { Column } from '../../types/column.ts';

/** Numbers the values of one column. */
export interface ColumnNumbering {
  /** Numbers given so far. */
  readonly count: number;
  /** Writes the number of every row. The columns of all calls have one type. */
  assign(column: Column, rowCount: number, target: NumberTarget): void;
  /** What the numbers stand for, in their order; lies in `arena`, or in the numbering itself until the next call. */
  values(arena: Arena): Column;
}

/** Where a kernel writes: pointers to as many u32 as there are rows. */
export type NumberTarget = {
  readonly groups: number;
  /** The rows in which new numbers were given, from the first new number on. */
  readonly firstRows: number;
};

const recordBytes = 64;

const word = {
  count: 0,
  limit: 1,
  nullNumber: 2,
  slots: 3,
  slotCount: 4,
  values: 5,
  base: 6,
  bytes: 8,
  bytesLimit: 9,
  groups: 10,
  firstRows: 11,
  scratch: 12,
} as const;

export class NumberingRecord {
  readonly pointer: number;
  readonly #words: Uint32Array;

  constructor(workspace: Workspace) {
    this.pointer = workspace.array(recordBytes).pointer;
    this.#words = new Uint32Array(kernelRuntime().memory.buffer, this.pointer, recordBytes / 4);
  }

  get count(): number {
    return this.#words[word.count]!;
  }

  /** The number of NULL; undefined when there was none. */
  get nullNumber(): number | undefined {
    const number = this.#words[word.nullNumber]!;
    return number === 0 ? undefined : number - 1;
  }

  /** Whether another number needs more room. */
  get isFull(): boolean {
    return this.count === this.#words[word.limit]!;
  }

  setTarget({ groups, firstRows }: NumberTarget): void {
    this.#words[word.groups] = groups;
    // The kernels index by number.
    this.#words[word.firstRows] = firstRows - 4 * this.count;
  }

  setValues(pointer: number, limit: number): void {
    this.#words[word.values] = pointer;
    this.#words[word.limit] = limit;
  }

  setSlots(pointer: number, slotCount: number): void {
    this.#words[word.slots] = pointer;
    this.#words[word.slotCount] = slotCount;
  }

  /** The value of the first slot; as 64 bits, signed or not. */
  setBase(base: bigint): void {
    this.#words[word.base] = Number(BigInt.asUintN(32, base));
    this.#words[word.base + 1] = Number(BigInt.asUintN(32, base >> 32n));
  }

  setBytes(pointer: number, sizeBytes: number): void {
    this.#words[word.bytes] = pointer;
    this.#words[word.bytesLimit] = sizeBytes;
  }

  setScratch(pointer: number): void {
    this.#words[word.scratch] = pointer;
  }

  /** For a Nullable type: which number is NULL. */
  nulls(arena: Arena): Uint8Array {
    const nulls = arena.u8(this.count).fill(0);
    if (this.nullNumber !== undefined) nulls[this.nullNumber] = 1;
    return nulls;
  }
}
