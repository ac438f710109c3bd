// decode-payload.ts — payloads of compressed blocks, of one codec or of several in a row.
//
// Keeps true: nothing is read or written outside the bytes given, and what a codec of several gives to the next is not
// much more than what the block gives in the end.

import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { HEADER_BYTES, methods, T64_BIT_PLANES, t64ByCode } from './codec.ts';
import { zstdDecompress } from './zstd.ts';

/** How many bytes of content one byte of payload stands for at most; the others' have no limit. */
const maxRatios = new Map<number, number>([
  [methods.NONE, 1],
  [methods.LZ4, 255],
  // A block of 128 KiB takes at least its header and one byte.
  [methods.ZSTD, 32_768],
  [methods.Delta, 1],
  [methods.DoubleDelta, 64],
  [methods.Gorilla, 64],
]);

/** Whether a payload of so many bytes can stand for so many. */
export const canGive = (method: number, payloadBytes: number, contentBytes: number): boolean =>
  contentBytes <= payloadBytes * (maxRatios.get(method) ?? Infinity);

/** The methods a payload of several codecs in a row names, the first to see the content first; empty for damage. */
export function chainedMethods(payload: Buffer): Buffer {
  const count = payload[0] ?? 0;
  return payload.length > count ? payload.subarray(1, 1 + count) : payload.subarray(0, 0);
}

/**
 * Decodes a payload in the kernels' memory to the pointer `target`. False when it is damaged, is of no method that is
 * known, or gives another number of bytes.
 */
export function decodePayload(method: number, payload: Buffer, target: number, targetBytes: number): boolean {
  const { kernels } = kernelRuntime();
  const { byteOffset: source, length: sourceBytes } = payload;
  switch (method) {
    case methods.LZ4:
      return kernels.lz4Decompress(source, sourceBytes, target, targetBytes) >= 0;
    case methods.Delta:
      return kernels.deltaDecode(source, sourceBytes, target, targetBytes) >= 0;
    case methods.DoubleDelta:
      return kernels.doubleDeltaDecode(source, sourceBytes, target, targetBytes) >= 0;
    case methods.Gorilla:
      return kernels.gorillaDecode(source, sourceBytes, target, targetBytes) >= 0;
    case methods.T64:
      return decodeT64(payload, target, targetBytes);
    case methods.Multiple:
      return decodeChain(payload, target, targetBytes);
    case methods.ZSTD:
      return zstdDecompress(payload, new Uint8Array(payload.buffer, target, targetBytes));
    case methods.NONE:
      if (sourceBytes === targetBytes) new Uint8Array(payload.buffer, target, targetBytes).set(payload);
      return sourceBytes === targetBytes;
    default:
      return false;
  }
}

function decodeT64(payload: Buffer, target: number, targetBytes: number): boolean {
  const named = payload[0] ?? 0;
  const type = t64ByCode.get(named & ~T64_BIT_PLANES);
  if (!type) return false;
  const hasBitPlanes = (named & T64_BIT_PLANES) !== 0;
  const { kernels } = kernelRuntime();
  const source = payload.byteOffset + 1;
  return (
    kernels.t64Decode(
      source,
      payload.length - 1,
      type.width,
      type.isSigned,
      hasBitPlanes,
      target,
      targetBytes,
    ) >= 0
  );
}

/** The last codec's block is the payload; what it gives is the block of the one before. */
function decodeChain(payload: Buffer, target: number, targetBytes: number): boolean {
  const chain = chainedMethods(payload);
  if (chain.length === 0) return false;
  const arena = new Arena();
  try {
    let block = payload.subarray(1 + chain.length);
    for (let i = chain.length - 1; i >= 0; i--) {
      const next = decodeInnerBlock(block, chain[i]!, i === 0, target, targetBytes, arena);
      if (!next) return false;
      block = next;
    }
    return true;
  } finally {
    arena.release();
  }
}

/** What a block inside a block gives; undefined when it is damaged. */
function decodeInnerBlock(
  block: Buffer,
  method: number,
  isFirst: boolean,
  target: number,
  targetBytes: number,
  arena: Arena,
): Buffer | undefined {
  if (block.length < HEADER_BYTES || method === methods.Multiple) return undefined;
  const contentBytes = block.readUInt32LE(5);
  if (block[0] !== method || block.readUInt32LE(1) !== block.length) return undefined;
  if (!canGive(method, block.length - HEADER_BYTES, contentBytes)) return undefined;
  if (isFirst ? contentBytes !== targetBytes : contentBytes > maxInnerBytes(targetBytes)) return undefined;
  const content = isFirst ? target : arena.allocate(contentBytes);
  if (!decodePayload(method, block.subarray(HEADER_BYTES), content, contentBytes)) return undefined;
  return Buffer.from(block.buffer, content, contentBytes);
}

/** No codec makes its content so much larger: Gorilla and DoubleDelta take at most 2.4 times as much. */
const maxInnerBytes = (contentBytes: number): number => 4 * contentBytes + 1024;
