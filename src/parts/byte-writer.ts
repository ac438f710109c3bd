// byte-writer.ts — builds the small files of a part in a buffer that doubles.

export class ByteWriter {
  #bytes: Buffer;
  #size = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Room for `sizeBytes` more; the caller fills them. */
  reserve(sizeBytes: number): Buffer {
    const start = this.#size;
    this.#size += sizeBytes;
    if (this.#size > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#size, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, start);
      this.#bytes = grown;
    }
    return this.#bytes.subarray(start, this.#size);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
  }

  byte(value: number): void {
    this.reserve(1)[0] = value;
  }

  varuint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  /** Bytes with their length before them. */
  string(bytes: Uint8Array): void {
    this.varuint(bytes.length);
    this.append(bytes);
  }

  /** What was written, not copied. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }
}
