// reservoir.ts — a sample of up to 8192 numbers of a stream in which each has the same chance to be: ClickHouse's, draw
// by draw, so that the quantiles of one stream in one order are its quantiles, too.

/** So many are kept: quantiles of no more are exact. */
const SAMPLE_SIZE = 8192;

export class Reservoir {
  /** In no order. */
  samples: number[] = [];
  total = 0;
  readonly #random = new Pcg32();

  /** NaN counts for nothing. */
  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.total++;
    if (this.samples.length < SAMPLE_SIZE) {
      this.samples.push(value);
      return;
    }
    const place = this.#random.below(this.total);
    if (place < SAMPLE_SIZE) this.samples[place] = value;
  }

  /** Takes in the sample of another stream of `total` numbers. */
  merge(samples: ArrayLike<number>, total: number): void {
    if (total <= SAMPLE_SIZE) return this.#addAll(samples);
    const mine = this.samples;
    if (this.total <= SAMPLE_SIZE) {
      this.samples = Array.from(samples);
      this.total = total;
      return this.#addAll(mine);
    }
    this.total += total;
    // Every so many-th of mine makes room for theirs, so that each stream has its share.
    const step = this.total / total;
    for (let i = 0; i < SAMPLE_SIZE; i += step) mine[Math.floor(i)] = samples[Math.floor(i)]!;
  }

  #addAll(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.add(values[i]!);
  }
}

/** The value at `level` of ascending numbers, between two of them by their distance; NaN of none. */
export function interpolated(sorted: ArrayLike<number>, level: number): number {
  if (sorted.length === 0) return NaN;
  const place = level * (sorted.length - 1);
  const left = Math.floor(place);
  if (left + 1 >= sorted.length) return sorted[left]!;
  return sorted[left]! * (left + 1 - place) + sorted[left + 1]! * (place - left);
}

/** 64-bit multiplicative congruential generator, its output permuted by a shift (pcg32_fast), on halves of 32 bits. */
class Pcg32 {
  #high = 0;
  #low = 123_459;

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return this.#next() % limit;
  }

  #next(): number {
    const [high, low] = [this.#high, this.#low];
    this.#advance();
    // (x ^ x >> 22) >> (22 + x >> 61)
    const shift = 22 + (high >>> 29);
    const mixedHigh = high ^ (high >>> 22);
    const mixedLow = low ^ ((low >>> 22) | (high << 10));
    return ((mixedLow >>> shift) | (mixedHigh << (32 - shift))) >>> 0;
  }

  /** Times 6364136223846793005, modulo 2^64. */
  #advance(): void {
    const [high, low] = [this.#high, this.#low];
    const [a, b] = [low >>> 16, low & 0xffff];
    const [c, d] = [0x4c95, 0x7f2d];
    const middle = a * d + b * c + Math.floor((b * d) / 0x10000);
    this.#low = (((middle & 0xffff) << 16) | ((b * d) & 0xffff)) >>> 0;
    const carry = a * c + Math.floor(middle / 0x10000);
    this.#high = (carry + Math.imul(high, 0x4c957f2d) + Math.imul(low, 0x5851f42d)) >>> 0;
  }
}
