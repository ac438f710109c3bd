// conditional.ts — if, multiIf and the functions that choose among their arguments.

import type { Column, FixedColumn } from '../../types/column.ts';
import { concatColumns, relabelled, takeRows } from '../../types/block.ts';
import {
  isNeverNull,
  nullable,
  physicalOf,
  withoutNullable,
  type DataType,
  type FixedPhysical,
} from '../../types/data-type.ts';
import { castKernel, coerceKernel } from '../cast.ts';
import { commonTypeOf } from '../common-type.ts';
import type { ScalarKernel } from '../expression.ts';
import { withoutNulls } from '../null-propagation.ts';
import {
  illegalTypes,
  type Argument,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isBareNull } from '../type-classes.ts';
import { fixed, fixedColumn, newValues } from '../vectors.ts';
import { compareKernel } from './comparison.ts';

/** Takes row i from column `choice[i]`; all columns have one type. */
function choose(columns: readonly Column[], choice: Uint32Array, rowCount: number): Column {
  if (columns[0]!.layout === 'fixed') return chooseFixed(columns.map(fixed), choice, rowCount);
  const source = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) source[row] = choice[row]! * rowCount + row;
  return takeRows(concatColumns(columns), source);
}

function chooseFixed(columns: readonly FixedColumn[], choice: Uint32Array, rowCount: number): Column {
  const { type } = columns[0]!;
  const sources = columns.map((column) => column.values);
  const values = newValues(physicalOf(type) as FixedPhysical, rowCount);
  for (let row = 0; row < rowCount; row++) values[row] = sources[choice[row]!]![row]!;
  if (type.kind !== 'Nullable') return fixedColumn(type, values, rowCount);
  const masks = columns.map((column) => column.nulls);
  const nulls = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) nulls[row] = masks[choice[row]!]?.[row] ?? 0;
  return { layout: 'fixed', type, rowCount, values, nulls };
}

function checkCondition(call: FunctionCall, type: DataType): void {
  const kind = withoutNullable(type).kind;
  if (kind !== 'UInt8' && kind !== 'Bool' && kind !== 'Nothing')
    throw illegalTypes(call, 'conditions of type UInt8 or Bool');
}

/** `if` and `multiIf`: condition, branch, …, last branch. A NULL condition is not taken. */
function bindBranches(call: FunctionCall): BoundFunction {
  if (call.args.length % 2 === 0)
    throw illegalTypes(call, 'conditions and branches by turns, and a last branch');
  const isBranch = (i: number): boolean => i % 2 === 1 || i === call.args.length - 1;
  call.args.forEach((arg, i) => isBranch(i) || checkCondition(call, arg.type));
  const branches = call.args.filter((_, i) => isBranch(i));
  const type = commonTypeOf(
    branches.map((branch) => branch.type),
    call.position,
  );
  const coerce = branches.map((branch) => coerceKernel(branch.type, type, call.position));
  return {
    type,
    run: (args, rowCount) => {
      const choice = new Uint32Array(rowCount).fill(branches.length - 1);
      for (let i = args.length - 3; i >= 0; i -= 2) {
        const condition = fixed(args[i]!);
        const { values, nulls } = condition;
        for (let row = 0; row < rowCount; row++)
          if (values[row] !== 0 && nulls?.[row] !== 1) choice[row] = i / 2;
      }
      const columns = args.filter((_, i) => isBranch(i)).map((column, i) => coerce[i]!(column, rowCount));
      return choose(columns, choice, rowCount);
    },
  };
}

/** coalesce: the first argument that is not NULL. Arguments behind one that cannot be NULL do not count. */
function bindCoalesce(call: FunctionCall): BoundFunction {
  const args = [...call.args.entries()].filter(([, arg]) => !isBareNull(arg.type));
  const end = args.findIndex(([, arg]) => arg.type.kind !== 'Nullable');
  const counted = end < 0 ? args : args.slice(0, end + 1);
  const common = commonTypeOf(
    counted.map(([, arg]) => arg.type),
    call.position,
  );
  const type = end < 0 ? nullable(common) : withoutNullable(common);
  const coerce = counted.map(([, arg]) =>
    coerceKernel(withoutNullable(arg.type), withoutNullable(common), call.position),
  );
  return {
    type,
    run: (columns, rowCount) => {
      const taken = counted.map(([index], i) => coerce[i]!(withoutNulls(columns[index]!), rowCount));
      return firstNotNull(
        taken,
        counted.map(([index]) => columns[index]!.nulls),
        type,
        rowCount,
      );
    },
  };
}

function firstNotNull(
  columns: readonly Column[],
  nulls: readonly (Uint8Array | undefined)[],
  type: DataType,
  rowCount: number,
): Column {
  if (columns.length === 0)
    return {
      layout: 'fixed',
      type,
      rowCount,
      values: new Uint8Array(rowCount),
      nulls: new Uint8Array(rowCount).fill(1),
    };
  const choice = new Uint32Array(rowCount);
  const stillNull = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    let i = 0;
    while (i < columns.length - 1 && nulls[i]?.[row] === 1) i++;
    choice[row] = i;
    stillNull[row] = nulls[i]?.[row] ?? 0;
  }
  const chosen = choose(columns, choice, rowCount);
  return relabelled(chosen, type, type.kind === 'Nullable' ? stillNull : undefined);
}

/** nullIf(x, y): NULL where x = y. */
function bindNullIf(call: FunctionCall): BoundFunction {
  const [x, y] = call.args as [Argument, Argument];
  const type = nullable(x.type);
  if (isNeverNull(type)) throw illegalTypes(call, 'values that can be NULL');
  if (isBareNull(x.type) || isBareNull(y.type))
    return { type, run: ([column], rowCount) => asNullable(column!, type, rowCount) };
  const plain = call.args.map((arg) => ({ ...arg, type: withoutNullable(arg.type) }));
  const equal = compareKernel('equals', { ...call, args: plain });
  return {
    type,
    run: ([a, b], rowCount) => {
      const same = fixed(equal([withoutNulls(a!), withoutNulls(b!)], rowCount)).values;
      const nulls = new Uint8Array(rowCount);
      for (let row = 0; row < rowCount; row++)
        nulls[row] = a!.nulls?.[row] === 1 || (same[row] === 1 && b!.nulls?.[row] !== 1) ? 1 : 0;
      return cleared(a!, type, nulls, rowCount);
    },
  };
}

function asNullable(column: Column, type: DataType, rowCount: number): Column {
  return relabelled(column, type, column.nulls ?? new Uint8Array(rowCount));
}

/** The column with these NULLs, and defaults beneath them. */
function cleared(column: Column, type: DataType, nulls: Uint8Array, rowCount: number): Column {
  const rows = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) rows[row] = nulls[row] === 1 ? rowCount : row;
  const nullRow = coerceKernel(nullable({ kind: 'Nothing' }), type)({ ...column, rowCount: 1 }, 1);
  return takeRows(concatColumns([asNullable(column, type, rowCount), nullRow]), rows);
}

/** greatest and least, of the common type of all; NULL only where all are. */
function extreme(name: 'greatest' | 'least'): ScalarFunction {
  return {
    names: [name],
    anyCase: true,
    arity: [1, Infinity],
    nulls: 'own',
    bind: (call) => {
      const type = commonTypeOf(
        call.args.map((arg) => arg.type),
        call.position,
      );
      const coerce = call.args.map((arg) => castKernel(arg.type, type, call.position));
      if (isBareNull(type)) return { type, run: ([arg]) => arg! };
      const plain = withoutNullable(type);
      const args = [plain, plain].map((same) => ({ type: same, constant: undefined }));
      const wins = compareKernel(name === 'greatest' ? 'greater' : 'less', { ...call, args });
      return {
        type,
        run: (columns, rowCount) =>
          columns
            .map((column, i) => coerce[i]!(column, rowCount))
            .reduce((best, next) => choose([best, next], winners(wins, best, next, rowCount), rowCount)),
      };
    },
  };
}

/** 1 where `next` replaces `best`: where `best` does not win, as a NULL or a NaN never does. A NULL replaces nothing. */
function winners(wins: ScalarKernel, best: Column, next: Column, rowCount: number): Uint32Array {
  const stays = fixed(wins([withoutNulls(best), withoutNulls(next)], rowCount)).values;
  const choice = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (next.nulls?.[row] === 1) continue;
    choice[row] = best.nulls?.[row] === 1 || stays[row] === 0 ? 1 : 0;
  }
  return choice;
}

export const conditionalFunctions: readonly ScalarFunction[] = [
  {
    names: ['if'],
    anyCase: true,
    arity: [3, 3],
    nulls: 'own',
    lowCardinality: 'plain',
    bind: bindBranches,
  },
  {
    names: ['multiIf'],
    anyCase: true,
    arity: [3, Infinity],
    nulls: 'own',
    lowCardinality: 'plain',
    bind: bindBranches,
  },
  { names: ['coalesce'], anyCase: true, arity: [0, Infinity], nulls: 'own', bind: bindCoalesce },
  { names: ['ifNull'], anyCase: true, arity: [2, 2], nulls: 'own', bind: bindCoalesce },
  { names: ['nullIf'], anyCase: true, arity: [2, 2], nulls: 'own', bind: bindNullIf },
  extreme('greatest'),
  extreme('least'),
];
