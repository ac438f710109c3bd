// pair-numbering.ts — numbers for pairs of numbers: what makes one number of several key columns.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { NumberTarget } from './numbering.ts';
import { maxSlotsByOffset, ValueTable } from './value-table.ts';

/** Numbers below `count`, one per row, at a pointer. */
export type Numbers = { readonly pointer: number; readonly count: number };

export class PairNumbering {
  readonly #table: ValueTable;
  /** Of a table by offset: bits of the first and the second number; -1 before there is one. */
  #firstBits = -1;
  #secondBits = -1;

  constructor(workspace: Workspace) {
    this.#table = new ValueTable(workspace);
  }

  get count(): number {
    return this.#table.record.count;
  }

  assign(first: Numbers, second: Numbers, rowCount: number, target: NumberTarget): void {
    this.#reach(bitsFor(first.count), bitsFor(second.count));
    const { record } = this.#table;
    const { kernels } = kernelRuntime();
    record.setTarget(target);
    const { pointer } = record;
    for (let row = 0; row < rowCount;) {
      row = this.#table.hashed
        ? kernels.numberPairsHashed(pointer, first.pointer, second.pointer, row, rowCount)
        : kernels.numberPairsByOffset(
            pointer,
            first.pointer,
            second.pointer,
            this.#secondBits,
            row,
            rowCount,
          );
      if (row < rowCount) this.#table.growLimit();
    }
  }

  #reach(firstBits: number, secondBits: number): void {
    if (this.#table.hashed || (firstBits <= this.#firstBits && secondBits <= this.#secondBits)) return;
    this.#firstBits = Math.max(firstBits, this.#firstBits);
    this.#secondBits = Math.max(secondBits, this.#secondBits);
    const slotCount = 2 ** (this.#firstBits + this.#secondBits);
    if (slotCount > maxSlotsByOffset) return this.#table.hash();
    this.#table.slotsByOffset(slotCount);
    kernelRuntime().kernels.refillPairsByOffset(this.#table.record.pointer, this.#secondBits);
  }

  /** Adds, for each first number, how many pairs have it; to u64 at a pointer. */
  countFirsts(counts: number): void {
    kernelRuntime().kernels.countPairs(this.#table.valuePointer, this.count, counts);
  }

  /** The pair of each number, in the arena. */
  pairs(arena: Arena): { readonly firsts: Uint32Array; readonly seconds: Uint32Array } {
    const words = new Uint32Array(kernelRuntime().memory.buffer, this.#table.valuePointer, 2 * this.count);
    const [firsts, seconds] = [arena.u32(this.count), arena.u32(this.count)];
    for (let i = 0; i < this.count; i++) {
      seconds[i] = words[2 * i]!;
      firsts[i] = words[2 * i + 1]!;
    }
    return { firsts, seconds };
  }
}

/** Bits that hold every number below `count`. */
function bitsFor(count: number): number {
  return 32 - Math.clz32(Math.max(0, count - 1));
}
