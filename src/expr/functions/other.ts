// other.ts — functions about the statement itself, and functions that do nothing.

import { clickhouseVersion } from '../../base/version.ts';
import { repeatRow } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { typeName } from '../../types/data-type.ts';
import { columnOf } from '../../types/value.ts';
import type { ScalarKernel } from '../expression.ts';
import { argType, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { text, uint8 } from '../type-classes.ts';
import { maskColumn } from '../vectors.ts';

function same(value: Column): ScalarKernel {
  return (_, rowCount) => repeatRow(value, 0, rowCount);
}

/** A text that depends on the call only. */
function constantText(
  names: readonly string[],
  arity: readonly [number, number],
  make: (call: FunctionCall) => string,
): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity,
    nulls: 'own',
    lowCardinality: 'own',
    bind: (call) => ({ type: text, run: same(columnOf(text, [make(call)])) }),
  };
}

/** Its argument, but no longer a constant when `keepCall`. */
function unchanged(name: string, keepCall?: true): ScalarFunction {
  return {
    names: [name],
    ...(keepCall && { keepCall }),
    arity: [1, 1],
    nulls: 'own',
    bind: (call) => ({ type: argType(call, 0), run: ([arg]) => arg! }),
  };
}

const ignore: ScalarFunction = {
  names: ['ignore'],
  arity: [0, Infinity],
  nulls: 'own',
  lowCardinality: 'plain',
  keepCall: true,
  bind: () => ({ type: uint8, run: (_, rowCount) => maskColumn(uint8, new Uint8Array(rowCount), rowCount) }),
};

export const otherFunctions: readonly ScalarFunction[] = [
  constantText(['version'], [0, 0], () => clickhouseVersion),
  constantText(['currentDatabase', 'database', 'schema'], [0, 0], (call) => call.currentDatabase),
  constantText(['displayName'], [0, 0], () => 'winnow'),
  constantText(['timezone', 'serverTimezone'], [0, 0], () => 'UTC'),
  constantText(['toTypeName'], [1, 1], (call) => typeName(argType(call, 0))),
  unchanged('identity'),
  unchanged('materialize', true),
  ignore,
];
