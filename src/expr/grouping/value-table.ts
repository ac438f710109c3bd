// value-table.ts — the table behind a numbering of 64-bit values: by offset while they lie within a small range, hashed
// when they do not.

import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import { NumberingRecord } from './numbering.ts';

/** A table by offset has no more slots than this: 4 MiB. */
export const maxSlotsByOffset = 2 ** 20;

const firstLimit = 256;
const hashedSlotBytes = 16;

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
    this.record.setValues(this.#values.pointer, this.#limit);
    if (!this.#hashed) return;
    const before = this.#slots;
    this.#newSlots();
    kernelRuntime().kernels.moveHashed(
      this.record.pointer,
      before.pointer,
      before.sizeBytes / hashedSlotBytes,
    );
    before.free();
  }

  /** Empty slots by offset, to be refilled. */
  slotsByOffset(slotCount: number): void {
    this.#slots.free();
    this.#slots = this.#workspace.array(4 * slotCount);
    this.record.setSlots(this.#slots.pointer, slotCount);
  }

  /** From now on a hash table, at most half full. */
  hash(): void {
    this.#hashed = true;
    this.#slots.free();
    this.#newSlots();
    kernelRuntime().kernels.refillHashed(this.record.pointer);
  }

  get #limit(): number {
    return this.#values.sizeBytes / 8;
  }

  #newSlots(): void {
    this.#slots = this.#workspace.array(2 * this.#limit * hashedSlotBytes);
    this.record.setSlots(this.#slots.pointer, 2 * this.#limit);
  }
}
