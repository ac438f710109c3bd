// entry-sum.ts — an order-free hash of index entries: equal sums mean equal sets of entries, whatever order made them.
//
// Of each entry the checksum is taken that its value begins with; it covers key and value (entry-layout.ts). Checksums are
// linear: exchanging the values of two entries leaves the xor of their checksums as it is, and with luck their sum.
// So a second sum adds them through a function that is far from linear, and a count tells sets from multisets.

/** Sums wrap around at 2^32. */
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

  equals(other: EntrySum): boolean {
    return this.count === other.count && this.#plain === other.#plain && this.#mixed === other.#mixed;
  }
}

/** A permutation of the 32-bit numbers: the end of MurmurHash3. */
export function mix(checksum: number): number {
  let hash = Math.imul(checksum ^ (checksum >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
