// chunk-pool.ts — the kernels' memory as chunks of 64 KiB, taken and given back by all threads.
//
// The pool's state lies in the memory itself, so every thread that has the memory has the pool:
//   [64, 76)            lock, lowest chunk that may be free, number of chunks taken; u32 each
//   [1024, …)           constants of the compiled module
//   [65536, 131072)     one byte per chunk: 1 = taken; the first two chunks are these
// Zeros are the state of an unused pool, which is how a new memory begins.
//
// Keeps true: a run of chunks is taken lowest first, so that pages which have been touched are used again.

import { WinnowError } from '../base/errors.ts';
import type { WebAssembly } from './webassembly.ts';

export const chunkBytes = 65_536;

const lockWord = 16;
const lowestFreeWord = 17;
const takenWord = 18;
const reservedChunks = 2;

/** Pointer to a run of `count` chunks; MEMORY_LIMIT_EXCEEDED when no such run is free. */
export function takeChunks(memory: WebAssembly.Memory, count: number): number {
  const { words, taken } = stateOf(memory);
  lock(words);
  const lowest = taken.indexOf(0, Math.max(reservedChunks, words[lowestFreeWord]!));
  const first = findRun(taken, lowest, count);
  if (first >= 0) {
    taken.fill(1, first, first + count);
    words[takenWord]! += count;
    words[lowestFreeWord] = first === lowest ? first + count : lowest;
  }
  unlock(words);
  if (first < 0) throw outOfMemory(memory, count * chunkBytes);
  return first * chunkBytes;
}

/** Gives back what `takeChunks` gave. */
export function giveChunks(memory: WebAssembly.Memory, pointer: number, count: number): void {
  const { words, taken } = stateOf(memory);
  const first = pointer / chunkBytes;
  lock(words);
  taken.fill(0, first, first + count);
  words[takenWord]! -= count;
  words[lowestFreeWord] = Math.min(words[lowestFreeWord]!, first);
  unlock(words);
}

/** What all threads together hold. */
export function takenBytes(memory: WebAssembly.Memory): number {
  return Atomics.load(stateOf(memory).words, takenWord) * chunkBytes;
}

function stateOf({ buffer }: WebAssembly.Memory): { words: Int32Array; taken: Uint8Array } {
  const chunkCount = Math.floor(buffer.byteLength / chunkBytes);
  return { words: new Int32Array(buffer, 0, 32), taken: new Uint8Array(buffer, chunkBytes, chunkCount) };
}

/** Where the lowest run of `count` free chunks begins, from the lowest free chunk on; -1 when there is none. */
function findRun(taken: Uint8Array, lowest: number, count: number): number {
  let first = lowest;
  while (first >= 0 && first + count <= taken.length) {
    // No further than it needs: behind the last taken chunk the whole memory is free.
    const next = taken.subarray(first, first + count).indexOf(1);
    if (next < 0) return first;
    first = taken.indexOf(0, first + next);
  }
  return -1;
}

// The lock: 0 = free, 1 = held, 2 = held and somebody waits.

function lock(words: Int32Array): void {
  if (Atomics.compareExchange(words, lockWord, 0, 1) === 0) return;
  while (Atomics.exchange(words, lockWord, 2) !== 0) Atomics.wait(words, lockWord, 2);
}

function unlock(words: Int32Array): void {
  if (Atomics.exchange(words, lockWord, 0) === 2) Atomics.notify(words, lockWord, 1);
}

function outOfMemory(memory: WebAssembly.Memory, wantedBytes: number): WinnowError {
  const usedBytes = takenBytes(memory);
  const { byteLength } = memory.buffer;
  return new WinnowError(
    'MEMORY_LIMIT_EXCEEDED',
    `Out of column memory: ${wantedBytes} bytes in one piece are wanted, ${usedBytes} of ${byteLength} are in use`,
    { hint: 'Narrow the query, or run fewer queries at a time.' },
  );
}
