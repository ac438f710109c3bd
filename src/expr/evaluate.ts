// evaluate.ts — runs a bound expression over a block.
//
// A condition guards what stands behind it: if an argument of if, multiIf (CASE), AND or OR fails over whole columns,
// the arguments are computed again, each only for the rows that need it. Without a failure that would only be slower.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { expandDictionary, repeatRow, sliceColumn, takeRows } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import type { Evaluate, Expression } from './expression.ts';
import { overDictionary } from './low-cardinality.ts';
import { rowsWhere, scatter } from './null-propagation.ts';
import { fixed, truthOf } from './vectors.ts';

type Call = Extract<Expression, { kind: 'call' }>;

export const evaluate: Evaluate = (expression, block) => {
  switch (expression.kind) {
    case 'column':
      return must(
        block.columns[expression.index],
        `the block has column ${expression.index} (${expression.name})`,
      );
    case 'literal':
      return spread(expression.value, block.rowCount);
    case 'in':
      return run(expression, [expression.operand], [evaluate(expression.operand, block)], block.rowCount);
    case 'call':
      return run(expression, expression.args, evaluateArgs(expression, block), block.rowCount);
  }
};

/** Runs a computation over its arguments. No function sees a dictionary. */
function run(
  expression: Call | Extract<Expression, { kind: 'in' }>,
  args: readonly Expression[],
  columns: readonly Column[],
  rowCount: number,
): Column {
  const varying = args.findIndex((arg) => arg.kind !== 'literal');
  const argument = columns[varying];
  if (argument?.layout === 'dictionary' && args.every((arg, i) => i === varying || arg.kind === 'literal')) {
    const result = overDictionary(expression, argument, (values) => {
      const count = values.rowCount;
      return expression.run(
        args.map((arg) => (arg.kind === 'literal' ? spread(arg.value, count) : values)),
        count,
      );
    });
    if (result) return result;
  }
  return expression.run(columns.map(expandDictionary), rowCount);
}

function evaluateArgs(call: Call, block: Block): Column[] {
  try {
    return call.args.map((arg) => evaluate(arg, block));
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    if (call.name === 'if' || call.name === 'multiIf') return evaluateBranches(call, block);
    if (call.name === 'and' || call.name === 'or') return evaluateUntilDecided(call, block);
    throw error;
  }
}

/** The longest column each literal was spread to: blocks are many and of similar size. */
const spreadLiterals = new WeakMap<Column, Column>();

function spread(value: Column, rowCount: number): Column {
  const known = spreadLiterals.get(value);
  if (known && known.rowCount >= rowCount) return sliceColumn(known, 0, rowCount);
  const longer = repeatRow(value, 0, rowCount);
  spreadLiterals.set(value, longer);
  return longer;
}

/** The arguments of `if` or `multiIf`: each condition over the rows that still have no branch, each branch over its own. */
function evaluateBranches(call: Call, block: Block): Column[] {
  const undecided = new Uint8Array(block.rowCount).fill(1);
  const args: Column[] = [];
  for (let i = 0; i + 1 < call.args.length; i += 2) {
    const condition = evaluateWhere(must(call.args[i], 'a condition'), block, undecided);
    const taken = new Uint8Array(block.rowCount);
    const { values } = fixed(condition);
    for (let row = 0; row < block.rowCount; row++) {
      if (undecided[row] === 0 || values[row] === 0 || condition.nulls?.[row] === 1) continue;
      taken[row] = 1;
      undecided[row] = 0;
    }
    args.push(condition, evaluateWhere(must(call.args[i + 1], 'a branch'), block, taken));
  }
  args.push(evaluateWhere(must(call.args.at(-1), 'the last branch'), block, undecided));
  return args;
}

/** The arguments of AND or OR: each over the rows that those before it leave open. */
function evaluateUntilDecided(call: Call, block: Block): Column[] {
  const open = new Uint8Array(block.rowCount).fill(1);
  return call.args.map((arg) => {
    const column = evaluateWhere(arg, block, open);
    const truth = truthOf(column, block.rowCount);
    const decides = call.name === 'and' ? 0 : 1;
    for (let row = 0; row < block.rowCount; row++) {
      if (truth[row] === decides && column.nulls?.[row] !== 1) open[row] = 0;
    }
    return column;
  });
}

/** Evaluates for the rows of `mask`; the others hold any value. */
function evaluateWhere(expression: Expression, block: Block, mask: Uint8Array): Column {
  if (expression.kind === 'column' || expression.kind === 'literal') return evaluate(expression, block);
  const rows = rowsWhere(mask, 1, block.rowCount);
  if (rows.length === block.rowCount) return evaluate(expression, block);
  const used = collectColumns(expression, new Set());
  // Columns that the expression does not read stay as they are: nobody looks at them.
  const columns = block.columns.map((column, index) => (used.has(index) ? takeRows(column, rows) : column));
  const column = evaluate(expression, { rowCount: rows.length, columns });
  return scatter([{ rows, column }], block.rowCount);
}

/** Adds the indexes of all columns that the expression reads. */
export function collectColumns(expression: Expression, into: Set<number>): Set<number> {
  if (expression.kind === 'column') into.add(expression.index);
  else if (expression.kind === 'in') collectColumns(expression.operand, into);
  else if (expression.kind === 'call') for (const arg of expression.args) collectColumns(arg, into);
  return into;
}
