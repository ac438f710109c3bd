// join-table.ts — rows of the right side by their keys, and the pairs that they make with left rows.
//
// Keys are numbered as groups are. The right rows of one number stand together in `#rows`, from `#starts[number]` on, so that
// a left row finds its matches by the number of its keys. NULL equals nothing: right rows with one stand nowhere.

import { evaluate } from '../expr/evaluate.ts';
import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { Arena } from '../kernels/arena.ts';
import { Workspace } from '../kernels/workspace.ts';
import type { JoinSource } from '../plan/plan.ts';
import { concatBlocks, sliceBlock } from '../types/block.ts';
import { blockSizeBytes, type Block, type Column } from '../types/column.ts';
import { defaultRow } from '../types/column-builder.ts';
import { gatherRows, takeBlockTo } from '../types/gather.ts';
import { lazyList } from '../types/lazy-list.ts';
import { ownBlock } from '../types/own-block.ts';
import type { ExecContext } from './context.ts';
import { nullMask } from './join-keys.ts';
import { JoinMatch } from './join-match.ts';
import type { MemoryTracker } from './memory-tracker.ts';

/** Numbers that left rows may add, beside as many as the right rows have, before they are given anew. */
const MAX_STRANGERS = 262_144;

/** Where the left rows of a block are: `row` has met `met` of its matches, and `matched` says whether one of these counted. */
type Cursor = { row: number; met: number; matched: boolean };

type Pairs = { readonly left: Uint32Array; readonly right: Uint32Array };

export class JoinTable {
  readonly #source: JoinSource;
  readonly #maxRows: number;
  readonly #memory: MemoryTracker;
  /** Holds the right rows and what finds them. */
  readonly #rightArena: Arena;
  readonly #pairArena: Arena;
  readonly #match: JoinMatch | undefined;
  #workspace: Workspace;
  #numbers: GroupNumbers | undefined;
  #right: Block;
  /** Behind the right rows stands one of default values: the match of rows without one. */
  #rowCount = 0;
  #keys: readonly Column[] = [];
  #numberCount = 0;
  #starts: Uint32Array = new Uint32Array(1);
  #rows: Uint32Array = new Uint32Array(0);

  constructor(source: JoinSource, { memory, maxBlockRows }: ExecContext) {
    const account = (bytes: number): void => memory.add(bytes);
    this.#source = source;
    this.#maxRows = maxBlockRows;
    this.#memory = memory;
    this.#rightArena = new Arena(account);
    this.#pairArena = new Arena(account);
    this.#workspace = new Workspace(account);
    this.#match = source.match.length > 0 ? new JoinMatch(source.match, account) : undefined;
    this.#right = defaultBlock(source);
  }

  /** Rows of the right side that it holds. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Takes in the rows of the right side, before any left row is asked about. Errors: MEMORY_LIMIT_EXCEEDED. */
  async read(input: AsyncIterable<Block>): Promise<void> {
    const account = this.#memory.account();
    const kept: Block[] = [];
    let bytes = 0;
    try {
      for await (const block of input) {
        const own = ownBlock(block);
        bytes += blockSizeBytes(own);
        account.set(bytes);
        kept.push(own);
      }
      if (kept.length > 0) this.#keep(concatBlocks(kept));
    } finally {
      account.close();
    }
  }

  #keep(rows: Block): void {
    this.#rowCount = rows.rowCount;
    this.#right = takeBlockTo(concatBlocks([rows, defaultBlock(this.#source)]), this.#rightArena);
    const own = sliceBlock(this.#right, 0, rows.rowCount);
    this.#keys = this.#source.keys.map((key) => evaluate(key.right, own));
    const numbers = this.#number(this.#keys, rows.rowCount);
    this.#numberCount = this.#numbers?.count ?? 1;
    this.#arrange(numbers, nullMask(this.#keys, rows.rowCount));
  }

  /** Sorts the rows by their numbers, by counting. */
  #arrange(numbers: Uint32Array, nulls: Uint8Array | undefined): void {
    const starts = this.#rightArena.u32(this.#numberCount + 2).fill(0);
    const rows = this.#rightArena.u32(numbers.length);
    for (let row = 0; row < numbers.length; row++) if (nulls?.[row] !== 1) starts[numbers[row]! + 2]!++;
    for (let i = 2; i < starts.length; i++) starts[i]! += starts[i - 1]!;
    // While rows are placed, the start of each number moves to its end, which is the start of the next one.
    for (let row = 0; row < numbers.length; row++)
      if (nulls?.[row] !== 1) rows[starts[numbers[row]! + 1]!++] = row;
    [this.#starts, this.#rows] = [starts, rows];
  }

  /** In the scratch; without keys all rows have number 0. */
  #number(keys: readonly Column[], rowCount: number): Uint32Array {
    this.#workspace.scratch.rewind();
    if (keys.length === 0) return this.#workspace.scratch.u32(rowCount).fill(0);
    const types = this.#source.keys.map(({ type }) => type);
    this.#numbers ??= new GroupNumbers(types, this.#workspace);
    return this.#numbers.assign(keys, rowCount).groups;
  }

  /** Keys of left rows that no right row has are numbered as well: they must not grow without end. */
  #forgetStrangers(): void {
    if (!this.#numbers || this.#numbers.count <= 2 * this.#numberCount + MAX_STRANGERS) return;
    this.#workspace.close();
    this.#workspace = new Workspace((bytes) => this.#memory.add(bytes));
    this.#numbers = undefined;
    // In the same order the keys get the same numbers.
    this.#number(this.#keys, this.#rowCount);
  }

  /** The rows of the join for a block of left rows, in blocks that are lent until the next one is asked for. */
  *joined(block: Block): Generator<Block> {
    this.#forgetStrangers();
    const keys = this.#source.keys.map((key) => evaluate(key.left, block));
    const numbers = this.#number(keys, block.rowCount);
    const cursor: Cursor = { row: 0, met: 0, matched: false };
    while (cursor.row < block.rowCount) {
      this.#pairArena.rewind();
      const first = cursor.row;
      let pairs = this.#nextPairs(numbers, cursor);
      if (this.#match) pairs = this.#matching(this.#match, block, pairs, first, cursor);
      if (pairs.left.length > 0) yield this.#besides(block, pairs);
    }
  }

  /** The next rows with equal keys; without further conditions of a match, left rows that have none beside the default row. */
  #nextPairs(numbers: Uint32Array, cursor: Cursor): Pairs {
    const { left, right } = this.#newPairs(this.#maxRows);
    const [starts, rows, maxRows] = [this.#starts, this.#rows, this.#maxRows];
    const unmatched = this.#source.join === 'LEFT' && !this.#match;
    let count = 0;
    while (cursor.row < numbers.length && count < maxRows) {
      const number = numbers[cursor.row]!;
      const known = number < this.#numberCount && this.#rowCount > 0;
      const [start, end] = known ? [starts[number]!, starts[number + 1]!] : [0, 0];
      const stop = Math.min(end, start + cursor.met + maxRows - count);
      for (let at = start + cursor.met; at < stop; at++) {
        left[count] = cursor.row;
        right[count++] = rows[at]!;
      }
      if (stop < end) cursor.met = stop - start;
      else {
        if (unmatched && start === end) {
          left[count] = cursor.row;
          right[count++] = this.#rowCount;
        }
        cursor.row++;
        cursor.met = 0;
      }
    }
    return { left: left.subarray(0, count), right: right.subarray(0, count) };
  }

  /** The pairs that are matches, and behind those of each left row that has met all of its own and has none, the default row. */
  #matching(match: JoinMatch, block: Block, pairs: Pairs, first: number, cursor: Cursor): Pairs {
    const kept = match.kept(this.#besides(block, pairs));
    const { left, right } = this.#newPairs(kept.length + cursor.row - first);
    let [count, next] = [0, 0];
    for (let row = first; row <= cursor.row; row++) {
      let matched = row === first && cursor.matched;
      for (; next < kept.length && pairs.left[kept[next]!] === row; next++) {
        matched = true;
        left[count] = row;
        right[count++] = pairs.right[kept[next]!]!;
      }
      if (row === cursor.row) cursor.matched = matched;
      else if (!matched) {
        left[count] = row;
        right[count++] = this.#rowCount;
      }
    }
    return { left: left.subarray(0, count), right: right.subarray(0, count) };
  }

  #newPairs(size: number): Pairs {
    return { left: this.#pairArena.u32(size), right: this.#pairArena.u32(size) };
  }

  /** Rows of the block beside right rows. A column is gathered when it is first looked at. */
  #besides(block: Block, { left, right }: Pairs): Block {
    const width = block.columns.length;
    const isWhole = left.length === block.rowCount && isEveryRow(left);
    const columns = lazyList(width + this.#right.columns.length, (i) => {
      if (i >= width) return gatherRows(this.#right.columns[i - width]!, right, this.#pairArena);
      const column = block.columns[i]!;
      return isWhole ? column : gatherRows(column, left, this.#pairArena);
    });
    return { rowCount: left.length, columns };
  }

  close(): void {
    this.#workspace.close();
    this.#rightArena.release();
    this.#pairArena.release();
    this.#match?.close();
  }
}

/** Whether the rows are 0, 1, 2, …, given that they ascend. */
function isEveryRow(rows: Uint32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (rows[i] !== i) return false;
  return true;
}

function defaultBlock({ right }: JoinSource): Block {
  return { rowCount: 1, columns: right.columns.map(({ type }) => defaultRow(type)) };
}
