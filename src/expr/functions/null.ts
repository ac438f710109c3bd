// null.ts — functions about what stands around a type: NULL and LowCardinality.

import { retyped } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import {
  fitsLowCardinality,
  isNeverNull,
  nullable,
  withoutNullable,
  type DataType,
} from '../../types/data-type.ts';
import { withNulls, withoutNulls } from '../null-propagation.ts';
import { argType, callError, illegalTypes, type ScalarFunction } from '../scalar-function.ts';
import { uint8 } from '../type-classes.ts';
import { maskColumn } from '../vectors.ts';

/** isNull and isNotNull: `whenNull` is the answer for NULL. */
function nullTest(name: string, whenNull: 0 | 1): ScalarFunction {
  return {
    names: [name],
    anyCase: true,
    arity: [1, 1],
    nulls: 'own',
    lowCardinality: 'plain',
    bind: () => ({
      type: uint8,
      run: ([arg], rowCount) => {
        const mask = new Uint8Array(rowCount).fill(1 - whenNull);
        const { nulls } = arg!;
        if (nulls) for (let row = 0; row < rowCount; row++) if (nulls[row] === 1) mask[row] = whenNull;
        return maskColumn(uint8, mask, rowCount);
      },
    }),
  };
}

const toNullable: ScalarFunction = {
  names: ['toNullable'],
  arity: [1, 1],
  nulls: 'own',
  bind: (call) => {
    const type = nullable(argType(call, 0));
    if (isNeverNull(type)) throw illegalTypes(call, 'a value that can be NULL');
    return {
      type,
      run: ([arg], rowCount): Column => (arg!.nulls ? arg! : withNulls(arg!, new Uint8Array(rowCount))),
    };
  },
};

/** The values as LowCardinality, if its types have it. */
const toLowCardinality: ScalarFunction = {
  names: ['toLowCardinality'],
  arity: [1, 1],
  nulls: 'own',
  lowCardinality: 'own',
  bind: (call) => {
    const type = argType(call, 0);
    if (type.kind === 'LowCardinality') return { type, run: ([arg]) => arg! };
    if (!fitsLowCardinality(withoutNullable(type))) throw illegalTypes(call, 'a number, a string or a date');
    const result: DataType = { kind: 'LowCardinality', inner: type };
    return { type: result, run: ([arg]) => retyped(arg!, result) };
  },
};

const assumeNotNull: ScalarFunction = {
  names: ['assumeNotNull'],
  arity: [1, 1],
  nulls: 'own',
  bind: (call) => {
    const type = withoutNullable(argType(call, 0));
    if (type.kind === 'Nothing') throw callError(call, 'ILLEGAL_COLUMN', 'NULL alone has no value to assume');
    return { type, run: ([arg]) => withoutNulls(arg!) };
  },
};

export const nullFunctions: readonly ScalarFunction[] = [
  nullTest('isNull', 1),
  nullTest('isNotNull', 0),
  toNullable,
  toLowCardinality,
  assumeNotNull,
];
