// byte-reader.ts — reads the small files of a part, checked at every step.
//
// Keeps true: nothing is read outside the bytes; what does not fit is a CorruptionError that names the file.

import { CorruptionError } from '../base/errors.ts';

export class ByteReader {
  readonly bytes: Buffer;
  readonly file: string;
  at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The next bytes, not copied. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > this.left)
      throw new CorruptionError(this.file, `${sizeBytes} bytes at ${this.at}`, `${this.left}`);
    this.at += sizeBytes;
    return this.bytes.subarray(this.at - sizeBytes, this.at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** A u64 that counts something: below 2^53. */
  count(): number {
    return this.#safe(this.take(8).readBigUInt64LE());
  }

  /** A LEB128 number below 2^53. */
  varuint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return this.#safe(value);
    }
    throw new CorruptionError(this.file, `a number at ${this.at}`, 'one without end');
  }

  /** Bytes with their length before them, not copied. */
  string(): Buffer {
    return this.take(this.varuint());
  }

  /** Nothing may be left. */
  end(): void {
    if (this.left > 0)
      throw new CorruptionError(this.file, `the end at ${this.at}`, `${this.left} more bytes`);
  }

  #safe(value: bigint): number {
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new CorruptionError(this.file, `a number below 2^53 before ${this.at}`, `${value}`);
    return Number(value);
  }
}
