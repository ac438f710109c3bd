// text-dictionary.ts — the record of a dictionary in the kernels' memory (wasm/text-dictionary.ts describes it).

import { must } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';

/** Fields of the record, as places of u32. */
const FIELD = { count: 0, limit: 1, slots: 2, lastSlot: 3, ends: 4, bytes: 5, bytesLimit: 6 } as const;

export class TextDictionary {
  readonly #kernels = kernelRuntime().kernels;
  readonly #arena: Arena;
  readonly #record: Uint32Array;
  readonly #ends: Uint32Array;
  #bytes: Buffer;
  readonly #maxBytes: number;

  /** For up to `maxTexts` texts; their bytes may grow from `bytes` to `maxBytes`. */
  constructor(arena: Arena, maxTexts: number, bytes: number, maxBytes: number) {
    const slotCount = 2 ** Math.ceil(Math.log2(2 * maxTexts));
    const slots = arena.u32(2 * slotCount).fill(0);
    this.#arena = arena;
    this.#maxBytes = maxBytes;
    this.#ends = arena.u32(maxTexts + 1);
    this.#ends[0] = 0;
    this.#bytes = arena.bytes(bytes);
    this.#record = arena.u32(7);
    this.#record.set([0, maxTexts, slots.byteOffset, slotCount - 1, this.#ends.byteOffset]);
    this.#showBytes();
  }

  get pointer(): number {
    return this.#record.byteOffset;
  }

  get count(): number {
    return must(this.#record[FIELD.count], 'a record has its count');
  }

  /** `count` + 1 of them; the texts lie between. */
  get offsets(): Uint32Array {
    return this.#ends.subarray(0, this.count + 1);
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#ends[this.count]);
  }

  /** The next code stands for NULL: what lies there, zeros, is never found. */
  addNull(sizeBytes = 0): void {
    const start = this.#ends[this.count]!;
    this.#bytes.fill(0, start, start + sizeBytes);
    this.#ends[this.count + 1] = start + sizeBytes;
    this.#record[FIELD.count]!++;
  }

  /** The next code is that of the empty text, or of so many zeros. */
  addDefault(sizeBytes = 0): void {
    const offsets = this.#arena.u32(2);
    offsets.set([0, sizeBytes]);
    const zeros = this.#arena.u8(sizeBytes).fill(0);
    const code = this.#arena.u32(1).byteOffset;
    this.#kernels.encodeTexts(this.pointer, 0, offsets.byteOffset, zeros.byteOffset, 0, 0, 1, code);
  }

  /** More room for bytes; false when there is no more for texts or bytes. */
  grow(): boolean {
    if (this.count === this.#record[FIELD.limit] || this.#bytes.length >= this.#maxBytes) return false;
    const grown = this.#arena.bytes(Math.min(this.#maxBytes, 2 * this.#bytes.length));
    grown.set(this.bytes);
    this.#bytes = grown;
    this.#showBytes();
    return true;
  }

  /** No text is added any more. */
  freeze(): void {
    this.#record[FIELD.limit] = this.count;
  }

  #showBytes(): void {
    this.#record[FIELD.bytes] = this.#bytes.byteOffset;
    this.#record[FIELD.bytesLimit] = this.#bytes.length;
  }
}
