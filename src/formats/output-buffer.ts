/** Bytes being written; grows by doubling and hands out what was written. */
export class OutputBuffer {
  private bytes = Buffer.allocUnsafe(4096);
  private length = 0;

  /** How much was written since the last `take`. */
  get sizeBytes(): number {
    return this.length;
  }

  /** Makes room for `sizeBytes` more. */
  private reserve(sizeBytes: number): void {
    if (this.length + sizeBytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.length + sizeBytes, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Text of ASCII characters only. */
  ascii(text: string): void {
    const size = text.length;
    this.reserve(size);
    const { bytes } = this;
    for (let i = 0; i < size; i++) bytes[this.length++] = text.charCodeAt(i);
  }

  /** Any text, as UTF-8. */
  text(text: string): void {
    this.raw(Buffer.from(text), 0);
  }

  /** source[start .. end). */
  raw(source: Uint8Array, start: number, end: number = source.length): void {
    this.reserve(end - start);
    const { bytes } = this;
    if (end - start > 32) {
      bytes.set(source.subarray(start, end), this.length);
      this.length += end - start;
    } else {
      for (let i = start; i < end; i++) bytes[this.length++] = source[i]!;
    }
  }

  /** What was written since the last call; the caller owns it. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    // The next piece is likely as large as this one.
    this.bytes = Buffer.allocUnsafe(Math.max(4096, this.length));
    this.length = 0;
    return taken;
  }
}
