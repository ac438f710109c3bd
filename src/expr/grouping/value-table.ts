// value-table.ts — the table behind a numbering of 64-bit values: by offset while they lie within a small range, hashed
// when they do not.

import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import { NumberingRecord } from './numbering.ts';

/** A table by offset has no more slots than this: 4 MiB. */
export const maxSlotsByOffset = 2 ** 20;

const firstLimit = 256;

export class ValueTable {
  readonly record: NumberingRecord;
  readonly #values: GrowingArray;
  readonly #workspace: Workspace;
  #slots: GrowingArray;
  #hashed = false;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.record = new NumberingRecord(workspace);
    this.#values = workspace.array(8 * firstLimit);
    this.#slots = workspace.array();
    this.record.setValues(this.#values.pointer, firstLimit);
  }

  get hashed(): boolean {
    return this.#hashed;
  }

  /** The u64 of each number. */
  get valuePointer(): number {
    return this.#values.pointer;
  }

  /** Room for twice as many numbers. */
  growLimit(): void {
    this.#values.reserve(2 * this.#values.sizeBytes);
    const limit = this.#values.sizeBytes / 8;
    this.record.setValues(this.#values.pointer, limit);
    if (this.#hashed) this.hash();
  }

  /** Empty slots by offset, to be refilled. */
  slotsByOffset(slotCount: number): void {
    this.#replaceSlots(4 * slotCount);
    this.record.setSlots(this.#slots.pointer, slotCount);
  }

  /** From now on, or again after the limit has grown, a hash table at most half full. */
  hash(): void {
    const slotCount = 2 * (this.#values.sizeBytes / 8);
    this.#hashed = true;
    this.#replaceSlots(16 * slotCount);
    this.record.setSlots(this.#slots.pointer, slotCount);
    kernelRuntime().kernels.refillHashed(this.record.pointer);
  }

  #replaceSlots(sizeBytes: number): void {
    this.#slots.free();
    this.#slots = this.#workspace.array(sizeBytes);
  }
}
