// A memory of its own for tests that must not touch more than they may: what is put ends 32 bytes before the end of the
// memory, so a kernel that reads or writes beyond the slack traps.

import { kernelRuntime } from './runtime.ts';
import { WebAssembly } from './webassembly.ts';
import type { Kernels } from './kernels.ts';

const pages = 8;
const slackBytes = 32;

export class MemoryEdge {
  readonly #memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  readonly kernels: Kernels;

  constructor() {
    const instance = new WebAssembly.Instance(kernelRuntime().module, { env: { memory: this.#memory } });
    this.kernels = instance.exports as Kernels;
  }

  /** So many bytes right before the edge. */
  last(sizeBytes: number): Uint8Array {
    const { buffer } = this.#memory;
    return new Uint8Array(buffer, buffer.byteLength - slackBytes - sizeBytes, sizeBytes);
  }

  /** So many bytes from 128 KiB on, far from the edge. */
  middle(sizeBytes: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, 131_072, sizeBytes);
  }

  /** A copy right before the edge. */
  putLast(bytes: Uint8Array): Uint8Array {
    const place = this.last(bytes.length);
    place.set(bytes);
    return place;
  }
}
