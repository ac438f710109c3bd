// filter.ts — keeps the rows for which every conjunct is true.
//
// A row stays when no conjunct is 0 or NULL for it. A conjunct that may fail is asked only about rows that those before
// it keep; conjuncts that kernels decide cannot fail, and go first, cheapest first.

import { collectColumns, evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthMask } from '../expr/masks.ts';
import { truthOf } from '../expr/vectors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { Workspace } from '../kernels/workspace.ts';
import { filterBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { gatherBlock, rowsOfMask } from '../types/gather.ts';
import { CodedCondition } from './coded-condition.ts';
import { columnsOf, predicateOf, type Predicate } from './predicate.ts';
import { predicateMask } from './predicate-mask.ts';

/** The rows of one block, without kernels. */
export function filterRows(block: Block, conjuncts: readonly Expression[]): Block {
  let rows = block;
  for (const conjunct of conjuncts) {
    if (rows.rowCount === 0) return rows;
    const column = evaluate(conjunct, rows);
    const mask = truthOf(column, rows.rowCount);
    let kept = 0;
    for (let i = 0; i < rows.rowCount; i++) {
      if (column.nulls !== undefined && column.nulls[i] === 1) mask[i] = 0;
      kept += mask[i]!;
    }
    rows = filterBlock(rows, mask, kept);
  }
  return rows;
}

/** Smaller blocks are not worth their way into the kernels' memory. */
const fewRows = 128;

/** Rows are moved together before the next conjunct when no more than one in so many is left. */
const sparse = 4;

/** Filters a stream of blocks. */
export class Filter {
  readonly #workspace: Workspace;
  readonly #scratch: Arena;
  readonly #conjuncts: readonly Expression[];
  readonly #needed: ReadonlySet<number> | undefined;
  #prepared: readonly Conjunct[] | undefined;

  /** `needed`: columns of the block that are read afterwards, undefined = all; `account` as in Arena. */
  constructor(
    conjuncts: readonly Expression[],
    needed: ReadonlySet<number> | undefined,
    account?: (bytes: number) => void,
  ) {
    this.#workspace = new Workspace(account);
    this.#scratch = this.#workspace.scratch;
    this.#conjuncts = conjuncts;
    this.#needed = needed;
  }

  /** The rows that stay, lent until the next call. In the place of a column that is not needed stands any. */
  apply(block: Block): Block {
    if (block.rowCount < fewRows) return filterRows(block, this.#conjuncts);
    this.#scratch.rewind();
    this.#prepared ??= this.#prepare();
    const decided = this.#byKernels(block, this.#prepared);
    return decided.undecided.reduce(
      (rows, conjunct, i) => this.#byEvaluation(rows, conjunct, decided.undecided.slice(i + 1)),
      decided.rows,
    );
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

  /** What kernels decide, and the conjuncts that they cannot, in their order. */
  #byKernels(block: Block, conjuncts: readonly Conjunct[]): { rows: Block; undecided: readonly Conjunct[] } {
    const { kernels } = kernelRuntime();
    const undecided: Conjunct[] = [];
    let rows = block;
    let mask: Uint8Array | undefined;
    conjuncts.forEach((conjunct, i) => {
      const own = rows.rowCount > 0 ? conjunct.mask(rows, this.#scratch) : undefined;
      if (!own) return void undecided.push(conjunct);
      if (mask) kernels.maskAnd(mask.byteOffset, own.byteOffset, rows.rowCount, mask.byteOffset);
      else mask = own;
      const kept = kernels.maskCount(mask.byteOffset, rows.rowCount);
      if (kept > rows.rowCount / sparse) return;
      rows = this.#compact(rows, mask, [...undecided, ...conjuncts.slice(i + 1)]);
      mask = undefined;
    });
    if (mask) rows = this.#compact(rows, mask, undecided);
    return { rows, undecided: undecided.sort((a, b) => a.place - b.place) };
  }

  #byEvaluation(rows: Block, { condition }: Conjunct, rest: readonly Conjunct[]): Block {
    if (rows.rowCount === 0) return rows;
    const mask = truthMask(evaluate(condition, rows), rows.rowCount, this.#scratch);
    return this.#compact(rows, mask, rest);
  }

  /** The rows that are meant, of the columns that are needed afterwards or by `rest`. */
  #compact(block: Block, mask: Uint8Array, rest: readonly Conjunct[]): Block {
    const kept = kernelRuntime().kernels.maskCount(mask.byteOffset, block.rowCount);
    if (kept === block.rowCount) return block;
    const rows = rowsOfMask(mask, this.#scratch);
    const needed = this.#needed && new Set([...this.#needed, ...rest.flatMap(({ columns }) => [...columns])]);
    return gatherBlock(block, rows, this.#scratch, needed);
  }
}

class Conjunct {
  readonly condition: Expression;
  /** Among the conjuncts as they were written. */
  readonly place: number;
  readonly columns: ReadonlySet<number>;
  readonly cost: number;
  readonly #predicate: Predicate | undefined;
  readonly #coded: CodedCondition | undefined;

  constructor(condition: Expression, place: number, workspace: Workspace) {
    this.condition = condition;
    this.place = place;
    this.columns = collectColumns(condition, new Set());
    this.#predicate = predicateOf(condition);
    const [only] = this.columns;
    if (only !== undefined && this.columns.size === 1)
      this.#coded = new CodedCondition(condition, only, workspace);
    this.cost = this.#predicate ? costOf(this.#predicate) : 1;
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

/** Adds the columns that all these expressions read. */
export function columnsRead(expressions: Iterable<Expression>): Set<number> {
  const columns = new Set<number>();
  for (const expression of expressions) collectColumns(expression, columns);
  return columns;
}
