// compressed-block.ts — the frames that compressed files consist of, one after the other.
//
//   CityHash128 of everything behind it, 16 bytes · method u8 · size of header and payload u32 · decompressed size u32
//   · payload
//
// Keeps true: nothing is read outside the bytes given, and no more is decompressed than the caller expects; a frame
// whose hash is wrong is never decompressed.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { type CodecChain, HEADER_BYTES, LZ4_CHAIN, methods, otherMethods } from './codec.ts';
import { canGive, chainedMethods, decodePayload } from './decode-payload.ts';
import { maxPayloadBytes, methodOf, PayloadEncoder } from './encode-payload.ts';

const HASH_BYTES = 16;
/** What `frameSizeBytes` needs of a frame. */
export const FRAME_START_BYTES = HASH_BYTES + HEADER_BYTES;

const knownMethods: ReadonlySet<number> = new Set(Object.values(methods));

export type BlockFrame = {
  readonly method: number;
  /** Where the payload lies in the bytes that were given. */
  readonly payloadStart: number;
  readonly end: number;
  readonly decompressedBytes: number;
};

/** The size that a frame says it has. */
export const frameSizeBytes = (start: Buffer): number => HASH_BYTES + start.readUInt32LE(HASH_BYTES + 1);

/** Makes frames; what it returns is lent until the next call. */
export class BlockCompressor {
  readonly #kernels = kernelRuntime().kernels;
  readonly #encoder: PayloadEncoder;
  readonly #arena: Arena;
  #frame: Buffer = Buffer.alloc(0);

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#encoder = new PayloadEncoder(arena);
  }

  /** `source` is a pointer. */
  compress(source: number, sizeBytes: number, chain = LZ4_CHAIN): Buffer {
    const frame = this.#frameFor(chain, sizeBytes);
    const payload = frame.byteOffset + FRAME_START_BYTES;
    const payloadBytes = this.#encoder.encode(chain, source, sizeBytes, payload);
    frame[HASH_BYTES] = methodOf(chain);
    frame.writeUInt32LE(HEADER_BYTES + payloadBytes, HASH_BYTES + 1);
    frame.writeUInt32LE(sizeBytes, HASH_BYTES + 5);
    this.#kernels.cityHash128(frame.byteOffset + HASH_BYTES, HEADER_BYTES + payloadBytes, frame.byteOffset);
    return frame.subarray(0, FRAME_START_BYTES + payloadBytes);
  }

  #frameFor(chain: CodecChain, sizeBytes: number): Buffer {
    const neededBytes = FRAME_START_BYTES + maxPayloadBytes(chain, sizeBytes);
    if (this.#frame.length < neededBytes)
      this.#frame = this.#arena.bytes(Math.max(neededBytes, 2 * this.#frame.length));
    return this.#frame;
  }
}

/** Reads frames of one file. */
export class BlockDecompressor {
  readonly #kernels = kernelRuntime().kernels;
  readonly #file: string;
  readonly #hash: Buffer;

  constructor(file: string, arena: Arena) {
    this.#file = file;
    this.#hash = arena.bytes(HASH_BYTES);
  }

  /** The frame at `at`; `fileOffset` is where `bytes` begin in the file. */
  frameAt(bytes: Buffer, at: number, fileOffset: number): BlockFrame {
    const payloadStart = at + FRAME_START_BYTES;
    if (payloadStart > bytes.length) throw this.#damaged(fileOffset + at, 'a whole header', 'the end');
    const method = bytes[at + HASH_BYTES]!;
    const compressedBytes = bytes.readUInt32LE(at + HASH_BYTES + 1);
    const decompressedBytes = bytes.readUInt32LE(at + HASH_BYTES + 5);
    const end = at + HASH_BYTES + compressedBytes;
    if (compressedBytes < HEADER_BYTES || end > bytes.length)
      throw this.#damaged(fileOffset + at, 'a whole block', `one of ${compressedBytes} bytes`);
    const payloadBytes = end - payloadStart;
    this.#requireMethod(method, fileOffset + at);
    if (!canGive(method, payloadBytes, decompressedBytes))
      throw this.#damaged(
        fileOffset + at,
        'a size that can be',
        `${decompressedBytes} bytes of ${payloadBytes}`,
      );
    return { method, payloadStart, end, decompressedBytes };
  }

  /** Decompresses a frame of `bytes`, which lie in the kernels' memory, to the pointer `target`. */
  decompress(bytes: Buffer, frame: BlockFrame, target: number, fileOffset: number): void {
    const { payloadStart, end, decompressedBytes, method } = frame;
    const header = payloadStart - HEADER_BYTES;
    const at = header - HASH_BYTES;
    this.#kernels.cityHash128(bytes.byteOffset + header, end - header, this.#hash.byteOffset);
    if (bytes.compare(this.#hash, 0, HASH_BYTES, at, header) !== 0)
      throw this.#damaged(fileOffset + at, 'its checksum', 'another');
    const payload = bytes.subarray(payloadStart, end);
    if (method === methods.Multiple)
      for (const inner of chainedMethods(payload)) this.#requireMethod(inner, fileOffset + at);
    if (!decodePayload(method, payload, target, decompressedBytes))
      throw this.#damaged(fileOffset + at, `${decompressedBytes} bytes`, 'a payload that does not give them');
  }

  #requireMethod(method: number, offset: number): void {
    if (knownMethods.has(method)) return;
    const name = otherMethods.get(method);
    if (name === undefined) throw this.#damaged(offset, 'a method', `0x${method.toString(16)}`);
    throw new WinnowError(
      'NOT_IMPLEMENTED',
      `${this.#file} is compressed by ${name}, which is not supported yet`,
    );
  }

  #damaged(offset: number, expected: string, found: string): CorruptionError {
    return new CorruptionError(`${this.#file}, block at ${offset}`, expected, found);
  }
}

/** All frames of a small file, decompressed; at most `maxBytes`. The result is a copy. */
export function decompressAll(bytes: Uint8Array, file: string, maxBytes: number): Buffer {
  const arena = new Arena();
  try {
    const source = arena.bytes(bytes.length);
    source.set(bytes);
    const decompressor = new BlockDecompressor(file, arena);
    const frames: BlockFrame[] = [];
    let sizeBytes = 0;
    for (let at = 0; at < source.length; at = frames.at(-1)!.end) {
      const frame = decompressor.frameAt(source, at, 0);
      frames.push(frame);
      sizeBytes += frame.decompressedBytes;
      if (sizeBytes > maxBytes) throw new CorruptionError(file, `at most ${maxBytes} bytes`, 'more');
    }
    const target = arena.bytes(sizeBytes);
    let to = target.byteOffset;
    for (const frame of frames) {
      decompressor.decompress(source, frame, to, 0);
      to += frame.decompressedBytes;
    }
    return Buffer.from(target);
  } finally {
    arena.release();
  }
}
