// logic.ts — AND, OR, XOR, NOT in three values: true, false and NULL.

import type { Column } from '../../types/column.ts';
import { nullable, withoutNullable, type DataType } from '../../types/data-type.ts';
import {
  argType,
  illegalTypes,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { bool, numberShape, uint8 } from '../type-classes.ts';
import { fixedColumn, maskColumn, truthOf } from '../vectors.ts';

/** Bool if any argument is Bool (and not Nullable(Bool), as ClickHouse has it), else UInt8. */
function truthType(call: FunctionCall): DataType {
  const plain = call.args.map((arg) => withoutNullable(arg.type));
  if (plain.some((type) => type.kind !== 'Nothing' && !numberShape(type)))
    throw illegalTypes(call, 'truth values: numbers or Bool');
  return call.args.some((arg) => arg.type.kind === 'Bool') ? bool : uint8;
}

/** AND, whose `absorbing` value false decides alone; or OR, with true. NULL wins over the other value only. */
function conjunction(names: readonly string[], absorbing: 0 | 1): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [2, Infinity],
    lowCardinality: 'plain',
    nulls: 'own',
    bind: (call): BoundFunction => {
      const plain = truthType(call);
      const anyNullable = call.args.some((arg) => arg.type.kind === 'Nullable');
      return {
        type: anyNullable ? nullable(plain) : plain,
        run: (args, rowCount) => combine(args, absorbing, plain, anyNullable, rowCount),
      };
    },
  };
}

function combine(
  args: readonly Column[],
  absorbing: 0 | 1,
  type: DataType,
  anyNullable: boolean,
  rowCount: number,
): Column {
  const decided = new Uint8Array(rowCount);
  const unknown = new Uint8Array(rowCount);
  for (const arg of args) {
    const truth = truthOf(arg, rowCount);
    const { nulls } = arg;
    for (let row = 0; row < rowCount; row++) {
      if (nulls && nulls[row] === 1) unknown[row] = 1;
      else if (truth[row] === absorbing) decided[row] = 1;
    }
  }
  const values = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (decided[row] === 1) unknown[row] = 0;
    values[row] = decided[row] === 1 ? absorbing : unknown[row] === 1 ? 0 : 1 - absorbing;
  }
  const column = fixedColumn(type, values, rowCount);
  return anyNullable ? { ...column, type: nullable(type), nulls: unknown } : column;
}

const exclusiveOr: ScalarFunction = {
  names: ['xor'],
  anyCase: true,
  arity: [2, Infinity],
  lowCardinality: 'plain',
  bind: (call) => {
    const type = truthType(call);
    return {
      type,
      run: (args, rowCount) => {
        const odd = new Uint8Array(rowCount);
        for (const arg of args) {
          const truth = truthOf(arg, rowCount);
          for (let row = 0; row < rowCount; row++) odd[row]! ^= truth[row]!;
        }
        return maskColumn(type, odd, rowCount);
      },
    };
  },
};

const negation: ScalarFunction = {
  names: ['not'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    const type = argType(call, 0).kind === 'Bool' ? bool : uint8;
    truthType(call);
    return {
      type,
      run: ([arg], rowCount) =>
        maskColumn(
          type,
          truthOf(arg!, rowCount).map((truth) => 1 - truth),
          rowCount,
        ),
    };
  },
};

export const logicFunctions: readonly ScalarFunction[] = [
  conjunction(['and'], 0),
  conjunction(['or'], 1),
  exclusiveOr,
  negation,
];
