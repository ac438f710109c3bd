// file-hash.ts — the hash of a file as checksums.txt holds it, of bytes that come in pieces of any size.

import { hashChunkBytes } from './codec-kernels.ts';
import { inKernelMemory, kernelRuntime } from './runtime.ts';
import type { Arena } from './arena.ts';

export class FileHash {
  readonly #kernels = kernelRuntime().kernels;
  readonly #state: Buffer;
  /** The begin of a chunk that is not whole yet. */
  readonly #chunk: Buffer;
  #chunkBytes = 0;

  /** Lives in the arena until that is rewound or released. */
  constructor(arena: Arena) {
    this.#state = arena.bytes(16).fill(0);
    this.#chunk = arena.bytes(hashChunkBytes);
  }

  update(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const rest = bytes.length - at;
      if (this.#chunkBytes === 0 && rest >= hashChunkBytes && inKernelMemory(bytes)) {
        const size = rest - (rest % hashChunkBytes);
        this.#kernels.chunkedHash(bytes.byteOffset + at, size, this.#state.byteOffset);
        at += size;
      } else {
        const size = Math.min(rest, hashChunkBytes - this.#chunkBytes);
        this.#chunk.set(bytes.subarray(at, at + size), this.#chunkBytes);
        at += size;
        this.#chunkBytes += size;
        if (this.#chunkBytes === hashChunkBytes) this.#hashChunk();
      }
    }
  }

  /** The 16 bytes for checksums.txt; nothing more may be added. */
  digest(): Buffer {
    if (this.#chunkBytes > 0) this.#hashChunk();
    return Buffer.from(this.#state);
  }

  #hashChunk(): void {
    this.#kernels.chunkedHash(this.#chunk.byteOffset, this.#chunkBytes, this.#state.byteOffset);
    this.#chunkBytes = 0;
  }
}
