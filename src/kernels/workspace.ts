// workspace.ts — the memory of one operator: arrays that it keeps and that grow, and a scratch for one block at a time.
//
// What is small lies together in one arena; an array that has become large has its own, so that growing gives the old
// place back at once. Closing gives everything back.

import { Arena } from './arena.ts';
import { kernelRuntime } from './runtime.ts';

/** Before every array lie so many bytes that nobody reads; states of rows without a group are written there. */
export const headroomBytes = 16;

const smallBytes = 16_384;

export class Workspace {
  /** For what is needed until the next block: the operator rewinds it. */
  readonly scratch: Arena;
  readonly #small: Arena;
  readonly #large = new Set<Arena>();
  readonly #account: ((bytes: number) => void) | undefined;

  /** `account` as in Arena. */
  constructor(account?: (bytes: number) => void) {
    this.#account = account;
    this.scratch = new Arena(account);
    this.#small = new Arena(account);
  }

  array(sizeBytes = 0): GrowingArray {
    const array = new GrowingArray(this);
    if (sizeBytes > 0) array.reserve(sizeBytes);
    return array;
  }

  /** For what is kept until the workspace is closed. */
  get lasting(): Arena {
    return this.#small;
  }

  /** A place of that size, and the arena it has for itself; for GrowingArray. */
  place(sizeBytes: number): { readonly pointer: number; readonly arena: Arena | undefined } {
    const padded = headroomBytes + sizeBytes;
    if (padded <= smallBytes)
      return { pointer: this.#small.allocate(padded) + headroomBytes, arena: undefined };
    const arena = new Arena(this.#account);
    const pointer = arena.allocate(padded) + headroomBytes;
    this.#large.add(arena);
    return { pointer, arena };
  }

  give(arena: Arena): void {
    this.#large.delete(arena);
    arena.release();
  }

  /** Nothing that came from here may be used any more. */
  close(): void {
    for (const arena of this.#large) arena.release();
    this.#large.clear();
    this.#small.release();
    this.scratch.release();
  }
}

/** A workspace for as long as `run` runs. */
export function withWorkspace<T>(run: (workspace: Workspace) => T): T {
  const workspace = new Workspace();
  try {
    return run(workspace);
  } finally {
    workspace.close();
  }
}

/** An array in the kernels' memory that grows. What it has not been given is zero. */
export class GrowingArray {
  readonly #workspace: Workspace;
  readonly #words = new Uint32Array(kernelRuntime().memory.buffer);
  #arena: Arena | undefined;
  #pointer = 0;
  #sizeBytes = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  get pointer(): number {
    return this.#pointer;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Makes room for at least so many bytes: doubles, so that growing costs little per byte. */
  reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#sizeBytes) return;
    const size = Math.max(Math.ceil(sizeBytes / 4) * 4, 2 * this.#sizeBytes);
    const { pointer, arena } = this.#workspace.place(size);
    // In a shared memory, words are filled several times as fast as bytes.
    const [to, from, end] = [pointer / 4, this.#pointer / 4, (this.#pointer + this.#sizeBytes) / 4];
    this.#words.copyWithin(to, from, end);
    this.#words.fill(0, to + end - from, to + size / 4);
    this.free();
    [this.#pointer, this.#arena, this.#sizeBytes] = [pointer, arena, size];
  }

  /** Becomes empty, and gives back its place if it has one for itself. */
  free(): void {
    if (this.#arena) this.#workspace.give(this.#arena);
    [this.#pointer, this.#arena, this.#sizeBytes] = [0, undefined, 0];
  }
}
