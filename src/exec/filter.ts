// filter.ts — keeps the rows for which every conjunct is true.
//
// A row stays when no conjunct is 0 or NULL for it. A conjunct that may fail is asked only about rows that those before
// it keep; conjuncts that kernels decide cannot fail, and go first, cheapest first.

import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthMask } from '../expr/masks.ts';
import { truthOfCondition } from '../expr/truth.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { Workspace } from '../kernels/workspace.ts';
import { filterBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { gatherBlock, gatherValues, rowsOfMask } from '../types/gather.ts';
import { CodedCondition, mayBeCoded } from './coded-condition.ts';
import { onlyColumnOf } from './only-column.ts';
import { columnsOf, predicateOf, type Predicate } from './predicate.ts';
import { predicateMask } from './predicate-mask.ts';

/** The rows of one block, without kernels. */
export function filterRows(block: Block, conjuncts: readonly Expression[]): Block {
  let rows = block;
  for (const conjunct of conjuncts) {
    if (rows.rowCount === 0) return rows;
    const { mask, count } = truthOfCondition(conjunct, rows);
    rows = filterBlock(rows, mask, count);
  }
  return rows;
}

/** Smaller blocks are not worth their way into the kernels' memory. */
const fewRows = 128;

/** Rows are moved together before the next conjunct when no more than one in so many is left. */
const sparse = 4;

/** Filters a stream of blocks. Of a column nothing is read or moved unless a condition or the receiver looks at it. */
export class Filter {
  readonly #workspace: Workspace;
  readonly #scratch: Arena;
  readonly #conjuncts: readonly Expression[];
  #prepared: readonly Conjunct[] | undefined;

  /** `account` as in Arena. */
  constructor(conjuncts: readonly Expression[], account?: (bytes: number) => void) {
    this.#workspace = new Workspace(account);
    this.#scratch = this.#workspace.scratch;
    this.#conjuncts = conjuncts;
  }

  /** The rows that stay, lent until the next call. */
  apply(block: Block): Block {
    if (block.rowCount < fewRows) return filterRows(block, this.#conjuncts);
    this.#scratch.rewind();
    this.#prepared ??= this.#prepare();
    const rows = new RemainingRows(block, this.#scratch);
    for (const conjunct of this.#byKernels(rows, this.#prepared)) {
      if (rows.block.rowCount === 0) break;
      const truth = evaluate(conjunct.condition, rows.block);
      rows.keep(truthMask(truth, rows.block.rowCount, this.#scratch));
    }
    return rows.block;
  }

  close(): void {
    this.#workspace.close();
  }

  #prepare(): Conjunct[] {
    const conjuncts = this.#conjuncts.map(
      (condition, place) => new Conjunct(condition, place, this.#workspace),
    );
    return conjuncts.sort((a, b) => a.cost - b.cost);
  }

  /** Keeps what kernels decide; the conjuncts that they cannot, in their order. */
  #byKernels(rows: RemainingRows, conjuncts: readonly Conjunct[]): readonly Conjunct[] {
    const { kernels } = kernelRuntime();
    const undecided: Conjunct[] = [];
    let mask: Uint8Array | undefined;
    for (const conjunct of conjuncts) {
      const { rowCount } = rows.block;
      if (rowCount === 0) return [];
      const own = conjunct.mask(rows.block, this.#scratch);
      if (!own) {
        undecided.push(conjunct);
        continue;
      }
      if (mask) kernels.maskAnd(mask.byteOffset, own.byteOffset, rowCount, mask.byteOffset);
      else mask = own;
      if (kernels.maskCount(mask.byteOffset, rowCount) > rowCount / sparse) continue;
      rows.keep(mask);
      mask = undefined;
    }
    if (mask) rows.keep(mask);
    return undecided.sort((a, b) => a.place - b.place);
  }
}

/** The rows of a block that are left. */
class RemainingRows {
  readonly #all: Block;
  readonly #scratch: Arena;
  #positions: Uint32Array | undefined;
  block: Block;

  constructor(block: Block, scratch: Arena) {
    this.#all = block;
    this.#scratch = scratch;
    this.block = block;
  }

  /** Of the rows that are left those whose mask is 1. */
  keep(mask: Uint8Array): void {
    const kept = kernelRuntime().kernels.maskCount(mask.byteOffset, mask.length);
    if (kept === mask.length) return;
    const rows = rowsOfMask(mask, this.#scratch);
    this.#positions = this.#positions ? gatherValues(this.#positions, rows, this.#scratch) : rows;
    this.block = gatherBlock(this.#all, this.#positions, this.#scratch);
  }
}

class Conjunct {
  readonly condition: Expression;
  /** Among the conjuncts as they were written. */
  readonly place: number;
  readonly cost: number;
  readonly #predicate: Predicate | undefined;
  readonly #coded: CodedCondition | undefined;

  constructor(condition: Expression, place: number, workspace: Workspace) {
    this.condition = condition;
    this.place = place;
    this.#predicate = predicateOf(condition);
    const column = onlyColumnOf(condition);
    if (column && mayBeCoded(column.type))
      this.#coded = new CodedCondition(condition, column.index, workspace);
    this.cost = this.#predicate ? costOf(this.#predicate) : 2;
  }

  /** Undefined when the condition has to be evaluated. */
  mask(block: Block, arena: Arena): Uint8Array | undefined {
    const predicate = this.#predicate;
    const isPlain = (index: number): boolean => block.columns[index]!.layout !== 'dictionary';
    if (predicate && columnsOf(predicate).every(isPlain)) return predicateMask(predicate, block, arena);
    return this.#coded?.mask(block, arena);
  }
}

/** Roughly, bytes read per row. */
function costOf(predicate: Predicate): number {
  switch (predicate.kind) {
    case 'null':
      return 1;
    case 'within':
      return Number(/\d+/.exec(predicate.physical)![0]) / 8;
    case 'text':
      return predicate.match === 'contain' ? 64 : 16;
    default:
      return predicate.operands.reduce((total, operand) => total + costOf(operand), 0);
  }
}
