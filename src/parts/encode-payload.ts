// encode-payload.ts — payloads of compressed blocks, by one codec or by several in a row.

import type { Arena } from '../kernels/arena.ts';
import {
  lz4HighScratchBytes,
  lz4MaxCompressedBytes,
  lz4ScratchBytes,
  maxNumbersBytes,
} from '../kernels/codec-kernels.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { type Codec, type CodecChain, HEADER_BYTES, methods, T64_BIT_PLANES } from './codec.ts';

/** The method that a block's header names. */
export const methodOf = (chain: CodecChain): number =>
  chain.length > 1 ? methods.Multiple : methods[chain[0]!.name];

/** Most bytes that a payload of so many bytes of content takes. */
export function maxPayloadBytes(chain: CodecChain, contentBytes: number): number {
  const own = chain.length > 1 ? 1 + chain.length + HEADER_BYTES : 0;
  return own + chain.reduce((bytes, codec) => HEADER_BYTES + maxEncodedBytes(codec, bytes), contentBytes);
}

function maxEncodedBytes({ name }: Codec, contentBytes: number): number {
  if (name === 'NONE') return contentBytes;
  return name === 'LZ4' || name === 'LZ4HC'
    ? lz4MaxCompressedBytes(contentBytes)
    : maxNumbersBytes(contentBytes);
}

/** Makes payloads; its memory is that of the arena. */
export class PayloadEncoder {
  readonly #kernels = kernelRuntime().kernels;
  readonly #memory = Buffer.from(kernelRuntime().memory.buffer);
  readonly #arena: Arena;
  readonly #scratch: number;
  #highScratch: number | undefined;
  /** What a codec gives to the next, two in turn. */
  readonly #between: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#scratch = arena.allocate(lz4ScratchBytes);
  }

  /** Pointers; the size of the payload. The target has room for `maxPayloadBytes`. */
  encode(chain: CodecChain, source: number, sizeBytes: number, target: number): number {
    if (chain.length === 1) return this.#encodeBy(chain[0]!, source, sizeBytes, target);
    this.#memory[target] = chain.length;
    chain.forEach(({ name }, i) => (this.#memory[target + 1 + i] = methods[name]));
    const ownBytes = 1 + chain.length;
    let [from, bytes] = [source, sizeBytes];
    for (const [i, codec] of chain.entries()) {
      const isLast = i === chain.length - 1;
      const to = isLast ? target + ownBytes : this.#placeBetween(i % 2, maxEncodedBytes(codec, bytes));
      bytes = this.#encodeBlock(codec, from, bytes, to);
      from = to;
    }
    return ownBytes + bytes;
  }

  /** A block without hash; its size. */
  #encodeBlock(codec: Codec, source: number, sizeBytes: number, target: number): number {
    const blockBytes = HEADER_BYTES + this.#encodeBy(codec, source, sizeBytes, target + HEADER_BYTES);
    this.#memory[target] = methods[codec.name];
    this.#memory.writeUInt32LE(blockBytes, target + 1);
    this.#memory.writeUInt32LE(sizeBytes, target + 5);
    return blockBytes;
  }

  #encodeBy(codec: Codec, source: number, sizeBytes: number, target: number): number {
    const kernels = this.#kernels;
    switch (codec.name) {
      case 'NONE':
        this.#memory.copyWithin(target, source, source + sizeBytes);
        return sizeBytes;
      case 'LZ4':
        return kernels.lz4Compress(source, sizeBytes, target, this.#scratch);
      case 'LZ4HC':
        this.#highScratch ??= this.#arena.allocate(lz4HighScratchBytes);
        return kernels.lz4CompressHigh(source, sizeBytes, target, this.#highScratch, codec.attempts);
      case 'Delta':
        return kernels.deltaEncode(source, sizeBytes, codec.width, target);
      case 'DoubleDelta':
        return kernels.doubleDeltaEncode(source, sizeBytes, codec.width, target);
      case 'Gorilla':
        return kernels.gorillaEncode(source, sizeBytes, codec.width, target);
      case 'T64': {
        const { code, width, isSigned } = codec.type;
        this.#memory[target] = code | (codec.hasBitPlanes ? T64_BIT_PLANES : 0);
        return 1 + kernels.t64Encode(source, sizeBytes, width, isSigned, codec.hasBitPlanes, target + 1);
      }
    }
  }

  #placeBetween(which: number, contentBytes: number): number {
    const neededBytes = HEADER_BYTES + contentBytes;
    const place = this.#between[which]!;
    if (place.length >= neededBytes) return place.byteOffset;
    this.#between[which] = this.#arena.bytes(Math.max(neededBytes, 2 * place.length));
    return this.#between[which].byteOffset;
  }
}
