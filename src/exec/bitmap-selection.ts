// bitmap-selection.ts — which rows of a part conditions keep, by its bitmap indexes: no column is read.
//
// Keeps true: a bit that is not set is of a row for which one of the conjuncts is not true; of decided selections, a bit that is
// set is of a row for which all of them are. What cannot be read, or cannot be computed for some value, decides nothing.

import { AssertionError, must } from '../base/assert.ts';
import { CorruptionError, WinnowError } from '../base/errors.ts';
import { evaluate, collectColumns } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthOf } from '../expr/vectors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BitmapFile } from '../parts/bitmap-file.ts';
import type { PartBitmaps } from '../parts/part-bitmaps.ts';
import type { Part } from '../parts/part.ts';
import { CONTAINER_BYTES, CONTAINER_ROWS } from '../parts/roaring.ts';
import { type BitmapAccess, isJunction } from '../plan/bitmap-access.ts';
import type { FunnelCounters } from '../plan/funnel.ts';
import type { GranuleRange } from '../plan/prune-parts.ts';
import type { Column } from '../types/column.ts';

/** When fewer of the part's rows are left than this share, reading them costs less than its bitmaps. */
const MIN_SHARE = 1 / 16;

/** What is left of a part. */
export type Narrowed = {
  readonly ranges: readonly GranuleRange[];
  /** One bit per row of the part, low bit first, in the kernels' memory; undefined: bitmaps say nothing. */
  readonly bits: Uint8Array | undefined;
  readonly isDecided: boolean;
};

type Selection = { readonly bits: Uint8Array; readonly isDecided: boolean };

export class BitmapSelector {
  readonly #access: BitmapAccess | undefined;
  readonly #arena: Arena;
  readonly #scratch: Arena;
  readonly #bytes: Arena;

  /** `account` as in Arena. */
  constructor(access: BitmapAccess | undefined, account: (bytes: number) => void) {
    this.#access = access;
    this.#arena = new Arena(account);
    this.#scratch = new Arena(account);
    this.#bytes = new Arena(account);
  }

  /** Of `ranges` the granules that have a selected row. Stays until `release`. */
  narrow(
    part: Part,
    ranges: readonly GranuleRange[],
    bitmaps: PartBitmaps,
    counters: Pick<FunnelCounters, 'bitmapRows' | 'bitmapRowsKept'>,
  ): Narrowed {
    if (!this.#access) return { ranges, bits: undefined, isDecided: true };
    const rowCount = ranges.reduce((total, range) => total + rowsIn(part, range), 0);
    counters.bitmapRows += rowCount;
    const isWorthIt = rowCount > part.rowCount * MIN_SHARE;
    const selection = isWorthIt ? this.#select(part, bitmaps, this.#access) : undefined;
    if (!selection) {
      counters.bitmapRowsKept += rowCount;
      return { ranges, bits: undefined, isDecided: false };
    }
    const { bits, isDecided } = selection;
    const left = granulesWith(bits, part, ranges);
    counters.bitmapRowsKept += left.rowCount;
    return { ranges: left.ranges, bits, isDecided };
  }

  #select(part: Part, bitmaps: PartBitmaps, access: BitmapAccess): Selection | undefined {
    this.#scratch.rewind();
    const arenas = { scratch: this.#scratch, bytes: this.#bytes };
    const reading = new PartReading(part, bitmaps, access, arenas);
    const selected = access.conjuncts.flatMap((conjunct) => reading.rowsWhere(conjunct, false) ?? []);
    if (selected.length === 0) return undefined;
    const bits = selected.reduce((all, own) => combine('maskAnd', all, own));
    const own = this.#arena.take(Uint8Array.from(bits.subarray(0, Math.ceil(part.rowCount / 8))));
    return { bits: own, isDecided: selected.length === access.conjuncts.length };
  }

  /** Selections may not be used any more. */
  release(): void {
    this.#arena.release();
    this.#scratch.release();
    this.#bytes.release();
  }
}

const rowsIn = ({ granuleStarts }: Part, { start, end }: GranuleRange): number =>
  granuleStarts[end]! - granuleStarts[start]!;

/** The granules that have a row with its bit set, and how many rows that is. */
function granulesWith(
  bits: Uint8Array,
  part: Part,
  ranges: readonly GranuleRange[],
): { readonly ranges: GranuleRange[]; readonly rowCount: number } {
  const kept: { start: number; end: number }[] = [];
  let total = 0;
  const { kernels } = kernelRuntime();
  for (const { start, end } of ranges) {
    for (let granule = start; granule < end; granule++) {
      const [from, to] = [part.granuleStarts[granule]!, part.granuleStarts[granule + 1]!];
      const rowCount = kernels.countBits(bits.byteOffset, from, to);
      if (rowCount === 0) continue;
      total += rowCount;
      const last = kept.at(-1);
      if (last?.end === granule) last.end++;
      else kept.push({ start: granule, end: granule + 1 });
    }
  }
  return { ranges: kept, rowCount: total };
}

/** The bitmaps of one part while its rows are selected. Bits lie in the scratch. */
class PartReading {
  readonly #part: Part;
  readonly #bitmaps: PartBitmaps;
  readonly #access: BitmapAccess;
  readonly #scratch: Arena;
  /** For one bitmap at a time. */
  readonly #bytes: Arena;

  constructor(
    part: Part,
    bitmaps: PartBitmaps,
    access: BitmapAccess,
    { scratch, bytes }: { readonly scratch: Arena; readonly bytes: Arena },
  ) {
    this.#part = part;
    this.#bitmaps = bitmaps;
    this.#access = access;
    this.#scratch = scratch;
    this.#bytes = bytes;
  }

  /** Rows for which the condition is true, or with `negated` false; undefined when bitmaps do not say. */
  rowsWhere(condition: Expression, negated: boolean): Uint8Array | undefined {
    if (!isJunction(condition)) return this.#rowsOfColumn(condition, negated);
    const { name, args } = condition;
    if (name === 'not') return this.rowsWhere(args[0]!, !negated);
    const operands = args.map((arg) => this.rowsWhere(arg, negated));
    if (!operands.every((operand) => operand !== undefined)) return undefined;
    // NOT (a AND b) is true where a or b is false, in three-valued logic too.
    const kernel = (name === 'and') === negated ? 'maskOr' : 'maskAnd';
    return operands.reduce((all, own) => combine(kernel, all, own));
  }

  #rowsOfColumn(condition: Expression, negated: boolean): Uint8Array | undefined {
    const [column] = collectColumns(condition, new Set());
    const index = must(this.#access.indexes.get(column!), 'a decided condition reads a column with bitmaps');
    try {
      const file = this.#bitmaps.read(this.#part, index);
      return file && this.#unite(file, chosenValues(condition, column!, file.values, negated));
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      if (error instanceof CorruptionError || !(error instanceof WinnowError))
        this.#bitmaps.restore(this.#part, index);
      return undefined;
    }
  }

  /** Every row has one value: the rows of most values are those without the others. */
  #unite(file: BitmapFile, isChosen: readonly boolean[]): Uint8Array {
    const chosen = [...isChosen.keys()].filter((value) => isChosen[value]);
    const isMost = 2 * chosen.length > isChosen.length;
    const bits = this.#zeros();
    file.unite(isMost ? [...isChosen.keys()].filter((value) => !isChosen[value]) : chosen, bits, this.#bytes);
    return isMost ? combine('maskAndNot', this.#ones(), bits) : bits;
  }

  #zeros(): Uint8Array {
    const sizeBytes = CONTAINER_BYTES * Math.ceil(this.#part.rowCount / CONTAINER_ROWS);
    // In a shared memory, words are filled several times as fast as bytes.
    const words = this.#scratch.u32(sizeBytes / 4).fill(0);
    return new Uint8Array(words.buffer, words.byteOffset, sizeBytes);
  }

  /** The rows that there are. */
  #ones(): Uint8Array {
    const { rowCount } = this.#part;
    const bits = this.#zeros();
    const whole = Math.floor(rowCount / 32);
    new Uint32Array(bits.buffer, bits.byteOffset, whole).fill(0xffff_ffff);
    for (let row = 32 * whole; row < rowCount; row++) bits[row >> 3]! |= 1 << (row & 7);
    return bits;
  }
}

/** Of each value whether the condition on its column is true, or with `negated` false. Errors: those of the expression. */
function chosenValues(condition: Expression, column: number, values: Column, negated: boolean): boolean[] {
  const columns: Column[] = [];
  columns[column] = values;
  const { rowCount } = values;
  const result = evaluate(condition, { rowCount, columns });
  const truth = truthOf(result, rowCount);
  return Array.from({ length: rowCount }, (_, row) => {
    return result.nulls?.[row] !== 1 && (truth[row] === 1) !== negated;
  });
}

/** Into the first of the two. */
function combine(kernel: 'maskAnd' | 'maskOr' | 'maskAndNot', a: Uint8Array, b: Uint8Array): Uint8Array {
  kernelRuntime().kernels[kernel](a.byteOffset, b.byteOffset, a.length, a.byteOffset);
  return a;
}
