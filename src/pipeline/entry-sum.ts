// entry-sum.ts — an order-free hash of index entries: equal sums mean equal sets of entries, whatever order made them.
//
// Of each entry the checksum is taken that its value begins with; it covers key and value (entry-layout.ts). Checksums are
// linear: exchanging the values of two entries leaves the xor of their checksums as it is, and with luck their sum.
// So a second sum adds them through a function that is far from linear, and a count tells sets from multisets.
//
// As bytes:  count i64 BE · sum of checksums u32 BE · sum of mixed checksums u32 BE, sums modulo 2^32

export const SUM_BYTES = 16;

export class EntrySum {
  count = 0;
  #plain = 0;
  #mixed = 0;

  add(checksum: number): void {
    this.count++;
    this.#plain = (this.#plain + checksum) | 0;
    this.#mixed = (this.#mixed + mix(checksum)) | 0;
  }

  remove(checksum: number): void {
    this.count--;
    this.#plain = (this.#plain - checksum) | 0;
    this.#mixed = (this.#mixed - mix(checksum)) | 0;
  }

  /** This sum and what `other` is above `base`. */
  plus(other: EntrySum, base: EntrySum): EntrySum {
    const sum = new EntrySum();
    sum.count = this.count + other.count - base.count;
    sum.#plain = (this.#plain + other.#plain - base.#plain) | 0;
    sum.#mixed = (this.#mixed + other.#mixed - base.#mixed) | 0;
    return sum;
  }

  equals(other: EntrySum): boolean {
    return this.count === other.count && this.#plain === other.#plain && this.#mixed === other.#mixed;
  }

  encode(target: Buffer, at: number): void {
    target.writeBigInt64BE(BigInt(this.count), at);
    target.writeInt32BE(this.#plain, at + 8);
    target.writeInt32BE(this.#mixed, at + 12);
  }

  static decode(source: Buffer, at: number): EntrySum {
    const sum = new EntrySum();
    sum.count = Number(source.readBigInt64BE(at));
    sum.#plain = source.readInt32BE(at + 8);
    sum.#mixed = source.readInt32BE(at + 12);
    return sum;
  }
}

/** A permutation of the 32-bit numbers: the end of MurmurHash3. */
export function mix(checksum: number): number {
  let hash = Math.imul(checksum ^ (checksum >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
