// bytes.ts — writing and reading small binary records.
//
// Whole numbers are big-endian, so that byte order is number order. A varint holds seven bits per byte, low bits
// first; the top bit says that more follow. u64 and varint carry JavaScript's whole numbers, at most 2^53 - 1.

import { assert } from './assert.ts';
import { CorruptionError } from './errors.ts';

const maxVarintBytes = 8;

/** Collects bytes in one growing buffer; `clear` keeps the buffer for the next record. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(capacityBytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  u16be(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  u32be(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  u64be(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a u64 is a whole number from 0 to 2^53 - 1');
    const at = this.#reserve(8);
    this.#buffer.writeUInt32BE(Math.floor(value / 2 ** 32), at);
    this.#buffer.writeUInt32BE(value >>> 0, at + 4);
  }

  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a whole number from 0 to 2^53 - 1');
    let at = this.#reserve(maxVarintBytes);
    let rest = value;
    // Shifts work on 32 bits only, so larger values lose their low bits by division first.
    while (rest >= 2 ** 31) {
      this.#buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[at++] = rest;
    this.#length = at;
  }

  bytes(source: Uint8Array): void {
    const at = this.#reserve(source.length);
    this.#buffer.set(source, at);
  }

  /** The length as a varint, then the bytes. */
  sizedBytes(source: Uint8Array): void {
    this.varint(source.length);
    this.bytes(source);
  }

  clear(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  toBuffer(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#length = needed;
    return at;
  }
}

/** Reads what ByteWriter wrote; reading past the end is a CorruptionError that names `where`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #where: string;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, where: string, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#where = where;
    this.#offset = start;
    this.#end = end;
  }

  /** Where the next read begins. */
  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u16be(): number {
    const at = this.#take(2);
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  u32be(): number {
    return readU32(this.#bytes, this.#take(4));
  }

  u64be(): number {
    const at = this.#take(8);
    const value = readU32(this.#bytes, at) * 2 ** 32 + readU32(this.#bytes, at + 4);
    if (!Number.isSafeInteger(value)) throw this.#damaged('a number below 2^53', 'a larger one');
    return value;
  }

  varint(): number {
    let value = 0;
    for (let index = 0, scale = 1; index < maxVarintBytes; index++, scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw this.#damaged('a varint below 2^53', 'a larger one');
  }

  /** A view of the next `count` bytes, which shares the reader's memory. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A view of bytes that follow their length. */
  sizedBytes(): Uint8Array {
    return this.bytes(this.varint());
  }

  /** Throws unless everything was read. */
  expectEnd(): void {
    if (this.remaining !== 0) throw this.#damaged('the end of the record', `${this.remaining} more bytes`);
  }

  #take(count: number): number {
    const at = this.#offset;
    if (count > this.#end - at) throw this.#damaged(`${count} bytes`, `${this.#end - at}`);
    this.#offset = at + count;
    return at;
  }

  #damaged(expected: string, found: string): CorruptionError {
    return new CorruptionError(`${this.#where} at offset ${this.#offset}`, expected, found);
  }
}

function readU32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}
