// bitmap-builder.ts — the bitmaps of a column of few values, from its rows in their order.

import { assert } from '../base/assert.ts';
import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { Workspace } from '../kernels/workspace.ts';
import { takeRows } from '../types/block.ts';
import { type Column, columnSizeBytes } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec } from '../types/key-codec.ts';
import { type ColumnBitmaps, MAX_BITMAP_VALUES } from './bitmap-file.ts';
import { type Container, CONTAINER_ROWS, containerOf, encodeRoaring } from './roaring.ts';

/** Bitmaps that together are larger are no help against reading the column. */
const MAX_BYTES = 128 * 1024 * 1024;
/** The values are read whenever the index is. */
const MAX_VALUE_BYTES = 16 * 1024 * 1024;

export class BitmapBuilder {
  readonly #type: DataType;
  readonly #workspace = new Workspace();
  /** For one container at a time. */
  readonly #scratch = new Arena();
  readonly #numbers: GroupNumbers;
  /** Of the rows that are in no container yet. */
  readonly #codes: Uint32Array;
  #codeCount = 0;
  #containerNumber = 0;
  /** By code. */
  readonly #containers: Container[][] = [];
  #sizeBytes = 0;
  #isTooMuch = false;

  constructor(type: DataType) {
    this.#type = type;
    this.#numbers = new GroupNumbers([type], this.#workspace);
    this.#codes = this.#workspace.lasting.u32(CONTAINER_ROWS);
  }

  /** The next rows; false when there are no bitmaps of them, and nothing more needs to be added. */
  add(column: Column): boolean {
    this.#workspace.scratch.rewind();
    const { groups } = this.#numbers.assign([column], column.rowCount);
    if (this.#numbers.count > MAX_BITMAP_VALUES) this.#isTooMuch = true;
    for (let start = 0; start < groups.length && !this.#isTooMuch;) {
      const rows = groups.subarray(start, start + CONTAINER_ROWS - this.#codeCount);
      this.#codes.set(rows, this.#codeCount);
      this.#codeCount += rows.length;
      start += rows.length;
      if (this.#codeCount === CONTAINER_ROWS) this.#flush();
    }
    return !this.#isTooMuch;
  }

  /** Undefined when there are too many values, or they take too much room. */
  finish(): ColumnBitmaps | undefined {
    this.#flush();
    const [values] = this.#numbers.values(this.#workspace.scratch);
    assert(values, 'one column is numbered');
    if (this.#isTooMuch || columnSizeBytes(values) > MAX_VALUE_BYTES) return undefined;
    const codec = createKeyCodec([this.#type]);
    const keys = Array.from({ length: values.rowCount }, (_, code) => codec.encode([values], code));
    const sorted = Uint32Array.from(keys.keys()).sort((a, b) => Buffer.compare(keys[a]!, keys[b]!));
    const bitmaps = Array.from(sorted, (code) => {
      const containers = this.#containers[code]!;
      const rowCount = containers.reduce((total, container) => total + container.rowCount, 0);
      return { rowCount, bytes: encodeRoaring(containers) };
    });
    return { values: takeRows(values, sorted), bitmaps };
  }

  release(): void {
    this.#workspace.close();
    this.#scratch.release();
  }

  /** Makes containers of the rows that wait for 65,536, or for the end. */
  #flush(): void {
    if (this.#isTooMuch) return;
    this.#scratch.rewind();
    const count = this.#codeCount;
    const [ends, positions] = [this.#scratch.u32(this.#numbers.count), this.#scratch.u16(count)];
    const codes = this.#codes.byteOffset;
    const { kernels } = kernelRuntime();
    kernels.groupByCode(codes, count, ends.length, ends.byteOffset, positions.byteOffset);
    let start = 0;
    for (const [code, end] of ends.entries()) {
      if (start < end) this.#put(code, positions.subarray(start, end));
      start = end;
    }
    this.#codeCount = 0;
    this.#containerNumber++;
    this.#isTooMuch = this.#sizeBytes > MAX_BYTES;
  }

  #put(code: number, positions: Uint16Array): void {
    const container = containerOf(this.#containerNumber, positions, this.#scratch);
    const containers = this.#containers[code];
    if (containers) containers.push(container);
    else this.#containers[code] = [container];
    this.#sizeBytes += container.bytes.length;
  }
}
