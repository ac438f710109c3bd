// arena.ts — the memory of one query, operator or morsel: many small allocations, given back all at once.
//
// It takes runs of chunks from the pool that all threads share and hands out pieces of them. Nothing is cleared.

import { giveChunks, chunkBytes, takeChunks } from './chunk-pool.ts';
import { inKernelMemory, kernelRuntime } from './runtime.ts';

export type TypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

type Run = { readonly pointer: number; readonly sizeBytes: number };

const alignmentBytes = 16;
/** Kernels may read and write this far behind an allocation. */
const slackBytes = 32;
/** Runs double in size up to this, so that small queries stay small and large ones ask the pool rarely. */
const maxRunBytes = 1_048_576;

export class Arena {
  readonly #account: (bytes: number) => void;
  readonly #memory = kernelRuntime().memory;
  readonly #runs: Run[] = [];
  #usedRuns = 0;
  #next = 0;
  #end = 0;
  #sizeBytes = 0;

  /** `account` is told how many bytes were taken from the pool (before they are) or given back (negative); it may throw. */
  constructor(account: (bytes: number) => void = () => {}) {
    this.#account = account;
  }

  /** What it holds of the pool. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Pointer to `sizeBytes` uninitialised bytes, aligned to 16, with 32 bytes of slack behind. Errors: MEMORY_LIMIT_EXCEEDED. */
  allocate(sizeBytes: number): number {
    const padded = roundUp(sizeBytes + slackBytes, alignmentBytes);
    if (padded > this.#end - this.#next) return this.#allocateInNextRun(padded);
    const pointer = this.#next;
    this.#next += padded;
    return pointer;
  }

  bytes(count: number): Buffer {
    return Buffer.from(this.#memory.buffer, this.allocate(count), count);
  }

  u8(count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.allocate(count), count);
  }

  u16(count: number): Uint16Array {
    return new Uint16Array(this.#memory.buffer, this.allocate(2 * count), count);
  }

  u32(count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.allocate(4 * count), count);
  }

  u64(count: number): BigUint64Array {
    return new BigUint64Array(this.#memory.buffer, this.allocate(8 * count), count);
  }

  i8(count: number): Int8Array {
    return new Int8Array(this.#memory.buffer, this.allocate(count), count);
  }

  i16(count: number): Int16Array {
    return new Int16Array(this.#memory.buffer, this.allocate(2 * count), count);
  }

  i32(count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, this.allocate(4 * count), count);
  }

  i64(count: number): BigInt64Array {
    return new BigInt64Array(this.#memory.buffer, this.allocate(8 * count), count);
  }

  f32(count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.allocate(4 * count), count);
  }

  f64(count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, this.allocate(8 * count), count);
  }

  /** The array itself when it lies in the memory, else a copy in this arena. */
  take<T extends TypedArray>(values: T): T {
    if (inKernelMemory(values)) return values;
    const pointer = this.allocate(values.byteLength);
    const { buffer } = this.#memory;
    const copy = Buffer.isBuffer(values)
      ? Buffer.from(buffer, pointer, values.length)
      : new (values.constructor as ArrayOver<TypedArray>)(buffer, pointer, values.length);
    copy.set(values as never);
    return copy as T;
  }

  /** Forgets all allocations, and keeps the memory for the next ones. */
  rewind(): void {
    this.#usedRuns = 0;
    this.#next = 0;
    this.#end = 0;
  }

  /** Gives everything back; nothing that was allocated may be used any more. */
  release(): void {
    this.rewind();
    for (const { pointer, sizeBytes } of this.#runs)
      giveChunks(this.#memory, pointer, sizeBytes / chunkBytes);
    this.#runs.length = 0;
    const released = this.#sizeBytes;
    this.#sizeBytes = 0;
    if (released > 0) this.#account(-released);
  }

  #allocateInNextRun(padded: number): number {
    const run = this.#nextRun(padded);
    // Small allocations go on where more room is left.
    if (run.sizeBytes - padded > this.#end - this.#next) {
      this.#next = run.pointer + padded;
      this.#end = run.pointer + run.sizeBytes;
    }
    return run.pointer;
  }

  /** A run of this arena that is not in use, else a new one. */
  #nextRun(neededBytes: number): Run {
    let index = this.#usedRuns;
    while (index < this.#runs.length && this.#runs[index]!.sizeBytes < neededBytes) index++;
    const run = this.#runs[index] ?? this.#takeRun(neededBytes);
    this.#runs[index] = this.#runs[this.#usedRuns] ?? run;
    this.#runs[this.#usedRuns++] = run;
    return run;
  }

  #takeRun(neededBytes: number): Run {
    const grownBytes = Math.min(maxRunBytes, this.#sizeBytes);
    const sizeBytes = roundUp(Math.max(neededBytes, grownBytes), chunkBytes);
    this.#account(sizeBytes);
    try {
      const pointer = takeChunks(this.#memory, sizeBytes / chunkBytes);
      this.#sizeBytes += sizeBytes;
      return { pointer, sizeBytes };
    } catch (error) {
      this.#account(-sizeBytes);
      throw error;
    }
  }
}

type ArrayOver<T> = new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => T;

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple;
}
