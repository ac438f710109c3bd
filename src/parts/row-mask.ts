// row-mask.ts — which rows of one part are deleted: an immutable set of row positions.
//
// Rows are grouped by 65,536. A group with few rows is a sorted list of 16-bit positions, one with many a bitmap, as in
// Roaring bitmaps; so marking rows copies the touched groups only, and a store writes only those again.
//
// One group as bytes:  kind u8 (0 = list, 1 = bitmap) · rows u32 LE · positions u16 LE each, or 8,192 bytes of bits, low bit first

import { assert } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';

export const MASK_GROUP_ROWS = 65_536;
const MAX_LIST_ROWS = 4096;
const BITMAP_BYTES = MASK_GROUP_ROWS / 8;
const HEADER_BYTES = 5;

type Group = { readonly rowCount: number; readonly list?: Uint16Array; readonly bitmap?: Uint8Array };

export class RowMask {
  static readonly none: RowMask = new RowMask(new Map());

  readonly count: number;
  readonly #groups: ReadonlyMap<number, Group>;

  private constructor(groups: ReadonlyMap<number, Group>) {
    this.#groups = groups;
    this.count = [...groups.values()].reduce((total, group) => total + group.rowCount, 0);
  }

  has(row: number): boolean {
    const group = this.#groups.get(Math.floor(row / MASK_GROUP_ROWS));
    return group !== undefined && hasPosition(group, row % MASK_GROUP_ROWS);
  }

  /** The set with `rows` in it too, in any order. */
  with(rows: Iterable<number>): RowMask {
    const added = new Map<number, number[]>();
    for (const row of rows) {
      const number = Math.floor(row / MASK_GROUP_ROWS);
      const positions = added.get(number);
      if (positions) positions.push(row % MASK_GROUP_ROWS);
      else added.set(number, [row % MASK_GROUP_ROWS]);
    }
    if (added.size === 0) return this;
    const groups = new Map(this.#groups);
    for (const [number, positions] of added) groups.set(number, addPositions(groups.get(number), positions));
    return new RowMask(groups);
  }

  /** Positions in rows [start, end), ascending, counted from the part's first row. */
  positionsIn(start: number, end: number): Uint32Array {
    if (this.count === 0 || start >= end) return new Uint32Array(0);
    const rows: number[] = [];
    const last = Math.floor((end - 1) / MASK_GROUP_ROWS);
    for (let number = Math.floor(start / MASK_GROUP_ROWS); number <= last; number++) {
      const group = this.#groups.get(number);
      if (!group) continue;
      const base = number * MASK_GROUP_ROWS;
      for (const position of positionsOf(group)) {
        const row = base + position;
        if (row >= start && row < end) rows.push(row);
      }
    }
    return Uint32Array.from(rows);
  }

  /** Numbers of the groups that have rows, ascending. */
  groupNumbers(): number[] {
    return [...this.#groups.keys()].sort((a, b) => a - b);
  }

  encodeGroup(number: number): Buffer {
    const group = this.#groups.get(number);
    assert(group, 'an encoded group has rows');
    const body =
      group.bitmap ?? new Uint8Array(group.list!.buffer, group.list!.byteOffset, group.list!.byteLength);
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length);
    bytes[0] = group.bitmap ? 1 : 0;
    bytes.writeUInt32LE(group.rowCount, 1);
    bytes.set(body, HEADER_BYTES);
    return bytes;
  }

  /** The set of encoded groups by number. Errors: CorruptionError naming `where`. */
  static decode(groups: Iterable<readonly [number: number, bytes: Uint8Array]>, where: string): RowMask {
    const decoded = new Map<number, Group>();
    for (const [number, bytes] of groups) decoded.set(number, decodeGroup(bytes, where));
    return decoded.size === 0 ? RowMask.none : new RowMask(decoded);
  }
}

function hasPosition({ list, bitmap }: Group, position: number): boolean {
  if (bitmap) return (bitmap[position >> 3]! & (1 << (position & 7))) !== 0;
  let low = 0;
  let high = list!.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list![middle]! < position) low = middle + 1;
    else high = middle;
  }
  return list![low] === position;
}

function positionsOf({ list, bitmap }: Group): Iterable<number> {
  if (list) return list;
  const positions: number[] = [];
  bitmap!.forEach((bits, i) => {
    for (let rest = bits; rest !== 0; rest &= rest - 1) positions.push(8 * i + 31 - Math.clz32(rest & -rest));
  });
  return positions;
}

function addPositions(group: Group | undefined, positions: readonly number[]): Group {
  const all = new Set(group ? positionsOf(group) : []);
  for (const position of positions) all.add(position);
  if (all.size <= MAX_LIST_ROWS) return { rowCount: all.size, list: Uint16Array.from(all).sort() };
  const bitmap = new Uint8Array(BITMAP_BYTES);
  for (const position of all) bitmap[position >> 3]! |= 1 << (position & 7);
  return { rowCount: all.size, bitmap };
}

function decodeGroup(bytes: Uint8Array, where: string): Group {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rowCount = bytes.length > HEADER_BYTES ? view.getUint32(1, true) : 0;
  const isBitmap = bytes[0] === 1;
  const expected = HEADER_BYTES + (isBitmap ? BITMAP_BYTES : 2 * rowCount);
  if (rowCount === 0 || bytes[0]! > 1 || bytes.length !== expected)
    throw new CorruptionError(where, `${expected} bytes of a row mask`, `${bytes.length} bytes`);
  if (isBitmap) return { rowCount, bitmap: Uint8Array.from(bytes.subarray(HEADER_BYTES)) };
  return { rowCount, list: new Uint16Array(Uint8Array.from(bytes.subarray(HEADER_BYTES)).buffer) };
}
