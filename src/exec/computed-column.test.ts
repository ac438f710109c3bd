import { afterAll, expect, test } from 'vitest';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { tableScope } from '../expr/table-scope.ts';
import { takenBytes } from '../kernels/chunk-pool.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { Workspace } from '../kernels/workspace.ts';
import { parseExpression } from '../sql/parser.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block, Column, ValueInput } from '../types/column.ts';
import { isNullable, typeName, type DataType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { ComputedColumn } from './computed-column.ts';

const takenBefore = takenBytes(kernelRuntime().memory);
afterAll(() => expect(takenBytes(kernelRuntime().memory)).toBe(takenBefore));

const rowCount = 40_000;
const types = {
  i8: 'Int8',
  u8: 'Nullable(UInt8)',
  i16: 'Int16',
  n16: 'Nullable(Int16)',
  d: 'Date',
  nd: 'Nullable(Date)',
  b: 'Bool',
  e: "Enum8('old' = -5, 'new' = 1)",
  i32: 'Int32',
  s: 'String',
};

function valueOf(type: DataType, row: number): ValueInput {
  if (isNullable(type) && row % 7 === 0) return null;
  const number = (row * 7919) % 4001;
  switch (typeName(type)) {
    case 'Int8':
      return (number % 256) - 128;
    case 'Nullable(UInt8)':
      return number % 256;
    case 'Bool':
      return number % 2 === 1;
    case types.e:
      return number % 2 === 1 ? 'old' : 'new';
    case 'String':
      return `t${number}`;
    default:
      return /Int/.test(typeName(type)) ? number - 2000 : number;
  }
}

const columns = Object.entries(types).map(([name, text]) => ({ name, type: parseDataType(text) }));
const block: Block = {
  rowCount,
  columns: columns.map(({ type }) =>
    columnOf(
      type,
      Array.from({ length: rowCount }, (_, row) => valueOf(type, row)),
    ),
  ),
};
const bind = (sql: string): Expression =>
  bindExpression(parseExpression(sql), tableScope(columns), {
    parameters: {},
    nowMs: 0,
    currentDatabase: 'default',
  });

const list = (column: Column): unknown[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

function computed(expression: Expression): unknown[] {
  const workspace = new Workspace();
  const column = new ComputedColumn(expression, workspace);
  try {
    return [0, 35_000].flatMap((start) => {
      workspace.scratch.rewind();
      return list(column.of(sliceBlock(block, start, start === 0 ? 35_000 : rowCount)));
    });
  } finally {
    workspace.close();
  }
}

test.each([
  'i8 + 1',
  'abs(i8)',
  'u8 * 2',
  'ifNull(u8, 7)',
  'i16 > 15',
  'i16 BETWEEN 3 AND 900',
  'intDiv(i16, 10)',
  'n16 % 7',
  'isNull(n16)',
  'toMonth(d)',
  'toStartOfMonth(nd)',
  "formatDateTime(d, '%Y-%m')",
  "if(d > '1975-01-01', 'late', NULL)",
  'NOT b',
  'toString(e)',
  'i32 >= 5 AND i16 < 3',
  "s LIKE 't1%'",
  "s = 't5' OR i32 IN (1, 2, 3)",
  'n16 > 3',
  'i32 + i16',
  'length(s)',
])('%s is the same by kernels as by evaluation', (sql) => {
  const expression = bind(sql);
  expect(computed(expression)).toEqual(list(evaluate(expression, block)));
});

test('what fails for a value that no row has is evaluated row by row', () => {
  const divides = bind('intDiv(100, i16 - 2500)');
  expect(computed(divides)).toEqual(list(evaluate(divides, block)));
});
