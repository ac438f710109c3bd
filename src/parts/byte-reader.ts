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
    if (this.left < 1) throw new CorruptionError(this.file, `1 bytes at ${this.at}`, '0');
    return this.bytes[this.at++]!;
  }

  /** A u64 that counts something: below 2^53. */
  count(): number {
    const bytes = this.take(8);
    return this.#safe(bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32);
  }

  /** A LEB128 number below 2^53, of 9 bytes at most. */
  varuint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
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

  /** Doubles are exact below 2^53, and never round to less than that from above. */
  #safe(value: number): number {
    if (value > Number.MAX_SAFE_INTEGER)
      throw new CorruptionError(this.file, `a number below 2^53 before ${this.at}`, `${value}`);
    return value;
  }
}
