// stream-writer.ts — one stream of a part: `.bin`, compressed block by block, and the marks beside it.
//
// Where blocks end is ClickHouse's rule: at a mark, when `minCompressBlockBytes` or more wait; and whenever
// `maxCompressBlockBytes` wait, even within a value.

import type { FileWriter } from '../io/ports.ts';
import type { Arena } from '../kernels/arena.ts';
import { FileHash } from '../kernels/file-hash.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../kernels/workspace.ts';
import type { FileChecksum } from './checksums-file.ts';
import { ChainChoice } from './chain-choice.ts';
import type { CodecChain } from './codec.ts';
import type { BlockCompressor } from './compressed-block.ts';
import { MarksBuilder } from './marks-file.ts';
import type { PartSettings } from './schema.ts';

/** Compressed bytes that are worth a call to the file. */
const MIN_WRITE_BYTES = 262_144;

export type StreamServices = {
  readonly compressor: BlockCompressor;
  readonly workspace: Workspace;
  /** Lives as long as the writer. */
  readonly arena: Arena;
  readonly settings: Pick<PartSettings, 'minCompressBlockBytes' | 'maxCompressBlockBytes'>;
};

export class StreamWriter {
  readonly name: string;
  readonly marks = new MarksBuilder();
  readonly #file: FileWriter;
  readonly #choice: ChainChoice;
  readonly #minBlockBytes: number;
  readonly #maxBlockBytes: number;
  readonly #memory = new Uint8Array(kernelRuntime().memory.buffer);
  readonly #pending: GrowingArray;
  #pendingBytes = 0;
  readonly #decompressedHash: FileHash;
  readonly #fileHash: FileHash;
  #decompressedBytes = 0;
  #fileBytes = 0;
  /** Compressed blocks that are not on their way to the file. */
  #frames: Buffer[] = [];
  #frameBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  /** `name` is that of the file, without extension. */
  constructor(
    name: string,
    file: FileWriter,
    chains: readonly CodecChain[],
    { compressor, workspace, arena, settings }: StreamServices,
  ) {
    this.name = name;
    this.#file = file;
    this.#choice = new ChainChoice(compressor, chains);
    this.#minBlockBytes = settings.minCompressBlockBytes;
    this.#maxBlockBytes = settings.maxCompressBlockBytes;
    this.#pending = workspace.array();
    this.#decompressedHash = new FileHash(arena);
    this.#fileHash = new FileHash(arena);
  }

  /** A granule begins here. */
  mark(): void {
    if (this.#pendingBytes >= this.#minBlockBytes) this.#flush();
    this.marks.add(this.#fileBytes, this.#pendingBytes);
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const sizeBytes = Math.min(bytes.length - at, this.#maxBlockBytes - this.#pendingBytes);
      this.#memory.set(bytes.subarray(at, at + sizeBytes), this.reserve(sizeBytes));
      this.commit(sizeBytes);
      at += sizeBytes;
    }
  }

  /** A u64. */
  appendNumber(value: number): void {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64LE(BigInt(value));
    this.append(bytes);
  }

  /** Whether so many bytes can be written in place, by `reserve` and `commit`. */
  fits(sizeBytes: number): boolean {
    return sizeBytes <= this.#maxBlockBytes - this.#pendingBytes;
  }

  /** A pointer to room for the next bytes. */
  reserve(sizeBytes: number): number {
    this.#pending.reserve(this.#pendingBytes + sizeBytes);
    return this.#pending.pointer + this.#pendingBytes;
  }

  /** The reserved bytes are filled. */
  commit(sizeBytes: number): void {
    this.#pendingBytes += sizeBytes;
    if (this.#pendingBytes === this.#maxBlockBytes) this.#flush();
  }

  /** Resolves when the file has what was compressed so far, give or take a small rest. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  /** Ends the stream. Errors: those of the file. */
  async finish(sync: boolean): Promise<FileChecksum> {
    if (this.#pendingBytes > 0) this.#flush();
    this.marks.add(this.#fileBytes, 0);
    this.#write();
    await this.#writing;
    if (sync) await this.#file.sync();
    await this.#file.close();
    return {
      sizeBytes: this.#fileBytes,
      hash: this.#fileHash.digest(),
      decompressed: { sizeBytes: this.#decompressedBytes, hash: this.#decompressedHash.digest() },
    };
  }

  /** Closes the file; what it holds is to be thrown away. */
  async abort(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
  }

  #flush(): void {
    const source = this.#pending.pointer;
    this.#decompressedHash.update(this.#memory.subarray(source, source + this.#pendingBytes));
    const frame = this.#choice.compress(source, this.#pendingBytes);
    this.#fileHash.update(frame);
    this.#frames.push(Buffer.from(frame));
    this.#frameBytes += frame.length;
    this.#decompressedBytes += this.#pendingBytes;
    this.#fileBytes += frame.length;
    this.#pendingBytes = 0;
    if (this.#frameBytes >= MIN_WRITE_BYTES) this.#write();
  }

  #write(): void {
    if (this.#frames.length === 0) return;
    const bytes = Buffer.concat(this.#frames);
    this.#frames = [];
    this.#frameBytes = 0;
    this.#writing = this.#writing.then(() => this.#file.write(bytes));
    // It is awaited later, by `drain` or `finish`.
    this.#writing.catch(() => undefined);
  }
}
