// text-numbering.ts — numbers for the texts of a column of bytes, or of a dictionary: equal texts have equal numbers,
// whichever way they came.

import { assert } from '../../base/assert.ts';
import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import type { BytesColumn, Column, DictionaryColumn } from '../../types/column.ts';
import { isNullable, type DataType } from '../../types/data-type.ts';
import { NumberingRecord, type ColumnNumbering, type NumberTarget } from './numbering.ts';

const firstLimit = 256;
const firstBytes = 4096;
const slotBytes = 16;
const scratchBytes = 272;

/** A dictionary in the memory, with 1 + the number of each code that was seen. */
type KnownDictionary = {
  readonly numbers: number;
  readonly offsets: number;
  readonly bytes: number;
  readonly nulls: number;
};

export class TextNumbering implements ColumnNumbering {
  readonly #type: DataType;
  readonly #workspace: Workspace;
  readonly #record: NumberingRecord;
  /** The texts as a column has them: `count` + 1 offsets, of which the first is 0, and bytes. */
  readonly #offsets: GrowingArray;
  readonly #bytes: GrowingArray;
  readonly #dictionaries = new Map<BytesColumn, KnownDictionary>();
  #slots: GrowingArray;
  #limit = firstLimit;

  constructor(type: DataType, workspace: Workspace) {
    this.#type = type;
    this.#workspace = workspace;
    this.#record = new NumberingRecord(workspace);
    this.#offsets = workspace.array(4 * (firstLimit + 1));
    this.#bytes = workspace.array(firstBytes);
    this.#slots = workspace.array(2 * firstLimit * slotBytes);
    this.#record.setScratch(workspace.array(scratchBytes).pointer);
    this.#setArrays();
  }

  get count(): number {
    return this.#record.count;
  }

  assign(column: Column, rowCount: number, target: NumberTarget): void {
    this.#record.setTarget(target);
    if (column.layout === 'dictionary') return this.#assignCodes(column, rowCount);
    assert(column.layout === 'bytes', 'the columns of one key have one layout');
    const { scratch } = this.#workspace;
    const offsets = scratch.take(column.offsets);
    const bytes = scratch.take(column.bytes).byteOffset;
    const nulls = column.nulls ? scratch.take(column.nulls).byteOffset : 0;
    const { kernels } = kernelRuntime();
    const { pointer } = this.#record;
    for (let row = 0; row < rowCount;) {
      row = kernels.numberTexts(pointer, offsets.byteOffset, bytes, nulls, row, rowCount);
      if (row < rowCount) this.#makeRoom(offsets, row);
    }
  }

  #assignCodes(column: DictionaryColumn, rowCount: number): void {
    const codes = this.#workspace.scratch.take(column.codes);
    const { dictionary } = column;
    const { numbers, offsets, bytes, nulls } = this.#known(dictionary);
    const { kernels } = kernelRuntime();
    const kernel = (['numberCodes8', 'numberCodes16', 'numberCodes32'] as const)[
      codes.BYTES_PER_ELEMENT >> 1
    ]!;
    const { pointer } = this.#record;
    for (let row = 0; row < rowCount;) {
      row = kernels[kernel](pointer, codes.byteOffset, numbers, offsets, bytes, nulls, row, rowCount);
      if (row < rowCount) this.#makeRoom(dictionary.offsets, codes[row]!);
    }
  }

  #known(dictionary: BytesColumn): KnownDictionary {
    const known = this.#dictionaries.get(dictionary);
    if (known) return known;
    const { offsets, bytes, nulls, rowCount } = dictionary;
    const added = {
      numbers: this.#workspace.array(4 * rowCount).pointer,
      offsets: this.#kept(offsets),
      bytes: this.#kept(bytes),
      nulls: nulls ? this.#kept(nulls) : 0,
    };
    this.#dictionaries.set(dictionary, added);
    return added;
  }

  #kept(values: Uint8Array | Uint32Array): number {
    return this.#workspace.lasting.take(values).byteOffset;
  }

  /** For the text at that row of `offsets`, and more. */
  #makeRoom(offsets: Uint32Array, row: number): void {
    if (this.#record.isFull) this.#growLimit();
    else this.#bytes.reserve(this.#usedBytes + offsets[row + 1]! - offsets[row]!);
    this.#setArrays();
  }

  get #usedBytes(): number {
    return new Uint32Array(kernelRuntime().memory.buffer, this.#offsets.pointer, this.count + 1)[this.count]!;
  }

  #growLimit(): void {
    const before = this.#slots;
    const slotCount = 2 * this.#limit;
    this.#limit *= 2;
    this.#offsets.reserve(4 * (this.#limit + 1));
    this.#slots = this.#workspace.array(2 * this.#limit * slotBytes);
    this.#setArrays();
    kernelRuntime().kernels.moveTexts(this.#record.pointer, before.pointer, slotCount);
    before.free();
  }

  #setArrays(): void {
    this.#record.setValues(this.#offsets.pointer, this.#limit);
    this.#record.setSlots(this.#slots.pointer, 2 * this.#limit);
    this.#record.setBytes(this.#bytes.pointer, this.#bytes.sizeBytes);
  }

  values(arena: Arena): BytesColumn {
    const { buffer } = kernelRuntime().memory;
    return {
      layout: 'bytes',
      type: this.#type,
      rowCount: this.count,
      offsets: new Uint32Array(buffer, this.#offsets.pointer, this.count + 1),
      bytes: Buffer.from(buffer, this.#bytes.pointer, this.#usedBytes),
      nulls: isNullable(this.#type) ? this.#record.nulls(arena) : undefined,
    };
  }
}
