// sip-hash.ts — SipHash-2-4 with 128 bits of result and the zero key, as ClickHouse names partitions and long files by it.

import { Arena } from './arena.ts';
import { kernelRuntime } from './runtime.ts';

/** 16 bytes: low half first. */
export function sipHash128(bytes: Uint8Array): Buffer {
  const arena = new Arena();
  try {
    const hash = arena.bytes(16);
    kernelRuntime().kernels.sipHash128(arena.take(bytes).byteOffset, bytes.length, hash.byteOffset);
    return Buffer.from(hash);
  } finally {
    arena.release();
  }
}
