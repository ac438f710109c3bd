// computed-column.ts — the column that an expression gives for each block of a stream, by kernels where they can.
//
// A condition of kernels becomes its mask. What depends on one column of 8 or 16 bits is computed once for every value
// there can be, and each row takes the result of its own. Everything else is evaluated.

import { WinnowError } from '../base/errors.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { maskColumn } from '../expr/vectors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Workspace } from '../kernels/workspace.ts';
import type { Block, Column, FixedColumn } from '../types/column.ts';
import { gatherRows, takeColumnTo } from '../types/gather.ts';
import { everyValue, hasFewBits, hasFewValues, manyRows } from './every-value.ts';
import { onlyColumnOf } from './only-column.ts';
import { columnsOf, predicateOf, type Predicate } from './predicate.ts';
import { predicateMask } from './predicate-mask.ts';

/** Smaller blocks are evaluated. */
const fewRows = 128;

export class ComputedColumn {
  readonly #expression: Expression;
  readonly #workspace: Workspace;
  readonly #predicate: Predicate | undefined;
  /** The only column that the expression reads, if it has few bits. */
  readonly #only: number | undefined;
  #results: { readonly column: Column | undefined } | undefined;
  #rowsSeen = 0;

  constructor(expression: Expression, workspace: Workspace) {
    this.#expression = expression;
    this.#workspace = workspace;
    if (expression.kind === 'column' || expression.kind === 'literal') return;
    if (expression.type.kind === 'UInt8') this.#predicate = predicateOf(expression);
    const column = onlyColumnOf(expression);
    if (column && hasFewBits(column.type)) this.#only = column.index;
  }

  /** Lies in the block, in the scratch of the workspace, or in memory of its own. */
  of(block: Block): Column {
    if (block.rowCount < fewRows) return evaluate(this.#expression, block);
    return this.#mask(block) ?? this.#fromResults(block) ?? evaluate(this.#expression, block);
  }

  #mask(block: Block): Column | undefined {
    const predicate = this.#predicate;
    if (!predicate || !columnsOf(predicate).every((index) => block.columns[index]!.layout !== 'dictionary'))
      return undefined;
    const mask = predicateMask(predicate, block, this.#workspace.scratch);
    return maskColumn(this.#expression.type, mask, block.rowCount);
  }

  #fromResults(block: Block): Column | undefined {
    const column = this.#only === undefined ? undefined : block.columns[this.#only];
    if (!hasFewValues(column)) return undefined;
    this.#rowsSeen += block.rowCount;
    if (column.values.BYTES_PER_ELEMENT > 1 && this.#rowsSeen < manyRows) return undefined;
    this.#results ??= { column: this.#resultsFor(everyValue(column)) };
    const { scratch } = this.#workspace;
    return this.#results.column && gatherRows(this.#results.column, rowsOf(column, scratch), scratch);
  }

  /** Undefined when computing fails for a value, which perhaps no row has. */
  #resultsFor(values: FixedColumn): Column | undefined {
    const columns: Column[] = [];
    columns[this.#only!] = values;
    try {
      const results = evaluate(this.#expression, { rowCount: values.rowCount, columns });
      return takeColumnTo(results, this.#workspace.lasting);
    } catch (error) {
      if (error instanceof WinnowError) return undefined;
      throw error;
    }
  }
}

/** Where the value of each row stands in `everyValue`. */
function rowsOf({ values, nulls, rowCount }: FixedColumn, arena: Arena): Uint32Array {
  const rows = arena.u32(rowCount);
  const { kernels } = kernelRuntime();
  const bits = arena.take(values).byteOffset;
  const isByte = values.BYTES_PER_ELEMENT === 1;
  if (isByte) kernels.widenU8ToU32(bits, rowCount, rows.byteOffset);
  else kernels.widenU16ToU32(bits, rowCount, rows.byteOffset);
  const valueCount = isByte ? 256 : 65_536;
  if (nulls) kernels.setWhereNull32(rows.byteOffset, arena.take(nulls).byteOffset, rowCount, valueCount);
  return rows;
}
