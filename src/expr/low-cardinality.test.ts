import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { must } from '../base/assert.ts';
import { Workspace } from '../kernels/workspace.ts';
import { parseExpression } from '../sql/parser.ts';
import { expandDictionary } from '../types/block.ts';
import type { Block, BytesColumn, Column, Value } from '../types/column.ts';
import { typeName, type DataType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { bindAggregate } from './aggregates.ts';
import { bindExpression } from './bind.ts';
import { evaluate } from './evaluate.ts';
import type { Expression, Scope } from './expression.ts';

const types = ['LowCardinality(String)', 'LowCardinality(Nullable(String))', 'UInt8'].map((name) =>
  parseDataType(name),
);
const names = ['l', 'n', 'i'];
const scope: Scope = {
  resolve: ([name]) => {
    const index = names.indexOf(name!);
    return index < 0 ? undefined : { kind: 'column', index, name: name!, type: types[index]! };
  },
  names: () => names,
};

const bind = (text: string): Expression =>
  bindExpression(parseExpression(text), scope, { parameters: {}, nowMs: 0, currentDatabase: 'd' });

/** The values as a dictionary column; NULL is its first value. */
function dictionaryColumn(
  type: DataType,
  values: readonly (string | null)[],
  known: readonly (string | null)[],
): Column {
  const inner = type.kind === 'LowCardinality' ? type.inner : type;
  const dictionary = columnOf(inner, known) as BytesColumn;
  const codes = Uint8Array.from(values, (value) => known.indexOf(value));
  return { layout: 'dictionary', type, rowCount: values.length, codes, dictionary, nulls: undefined };
}

const texts = ['', 'a', 'B', '12', '-7', 'é', 'a,b'];

const list = (column: Column): Value[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

const expressions = [
  'l',
  'n',
  "l = 'a'",
  "n != 'a'",
  "l IN ('a', '12')",
  "n NOT IN ('a')",
  'upper(l)',
  'lower(n)',
  "concat(l, '-', 'x')",
  'concat(l, n)',
  'length(n)',
  "if(l = 'a', n, l)",
  "splitByChar(',', l)",
  '[l, n]',
  '(l, i)',
  "map('k', n)",
  'toInt32OrNull(l)',
  'toTypeName(n)',
  'isNull(n)',
  "nullIf(l, 'a')",
  "coalesce(n, 'none')",
  'CAST(n AS Nullable(String))',
  'CAST(l AS String)',
  "l = 'a' AND i > 3",
  'l < n',
  'toLowCardinality(l)',
  'identity(n)',
  "l LIKE '%a%'",
  'lengthUTF8(l) + i',
  "substring(l, 1, 1) = 'a'",
  "CASE WHEN l = 'a' THEN 1 ELSE 2 END",
  'substring(l, i % 3 + 1)',
];

test.each(expressions)('%s gives over dictionaries what it gives over plain columns', (text) => {
  const expression = bind(text);
  const rows = fc.array(fc.tuple(fc.constantFrom(...texts), fc.constantFrom(null, ...texts), fc.nat(255)), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(rows, (cells) => {
      const [l, n, i] = [
        cells.map(([value]) => value),
        cells.map(([, value]) => value),
        cells.map(([, , value]) => value),
      ];
      const numbers = columnOf(types[2]!, i);
      const plain: Block = {
        rowCount: cells.length,
        columns: [columnOf(types[0]!, l), columnOf(types[1]!, n), numbers],
      };
      const packed: Block = {
        rowCount: cells.length,
        columns: [
          dictionaryColumn(types[0]!, l, texts),
          dictionaryColumn(types[1]!, n, [null, ...texts]),
          numbers,
        ],
      };
      const result = evaluate(expression, packed);
      expect(typeName(result.type)).toBe(typeName(expression.type));
      expect(list(result)).toEqual(list(evaluate(expression, plain)));
      expect(list(expandDictionary(result))).toEqual(list(result));
    }),
  );
});

test('aggregates leave out the NULLs of a dictionary', () => {
  const workspace = new Workspace();
  const values = [null, 'a', 'B', null, 'a'];
  const column = dictionaryColumn(types[1]!, values, [null, ...texts]);
  const results = ['count', 'min', 'max', 'any', 'uniqExact', 'groupArray', 'groupUniqArray'].map((name) => {
    const position = { offset: 0, line: 1, column: 1 };
    const state = bindAggregate({
      name,
      parameters: [],
      argTypes: [column.type],
      distinct: false,
      position,
    }).createState(workspace);
    state.update([column], Uint32Array.of(0, 0, 1, 1, 0), 2, values.length);
    return list(state.finish(2));
  });
  workspace.close();
  expect(results).toEqual([
    [2n, 1n],
    ['a', 'B'],
    ['a', 'B'],
    ['a', 'B'],
    [1n, 1n],
    [['a', 'a'], ['B']],
    [['a'], ['B']],
  ]);
});

describe('a function of one dictionary', () => {
  const many = Array.from({ length: 100 }, (_, row) => must(texts[row % 5], 'a text'));

  /** Counts the values that the call computes. */
  function counted(text: string): { expression: Expression; seen: () => number } {
    const expression = bind(text);
    if (expression.kind !== 'call') throw new Error('a call is bound');
    let count = 0;
    const run: typeof expression.run = (args, rowCount) => {
      count += rowCount;
      return expression.run(args, rowCount);
    };
    return { expression: { ...expression, run }, seen: () => count };
  }

  const blockOf = (column: Column): Block => ({ rowCount: column.rowCount, columns: [column] });

  test('computes each of its values once, however many rows and blocks have it', () => {
    const { expression, seen } = counted("concat(l, 'x')");
    const column = dictionaryColumn(types[0]!, many, texts);
    const first = evaluate(expression, blockOf(column));
    const second = evaluate(expression, blockOf({ ...column, rowCount: 3 }));
    expect(list(second)).toEqual(['x', 'ax', 'Bx']);
    expect(seen()).toBe(texts.length);
    expect(
      first.layout === 'dictionary' &&
        second.layout === 'dictionary' &&
        first.dictionary === second.dictionary,
    ).toBe(true);
  });

  test('goes by rows when they are fewer than the values', () => {
    const { expression, seen } = counted('length(l)');
    expect(list(evaluate(expression, blockOf(dictionaryColumn(types[0]!, ['a', 'B'], texts))))).toEqual([
      1n,
      1n,
    ]);
    expect(seen()).toBe(2);
  });

  test('does not fail for a value that no row has', () => {
    const numbers = Array.from({ length: 20 }, (_, row) => (row % 2 === 0 ? '12' : '-7'));
    const column = dictionaryColumn(types[0]!, numbers, texts);
    expect(list(evaluate(bind('toInt32(l)'), blockOf(column))).slice(0, 2)).toEqual([12, -7]);
    expect(() => evaluate(bind('toInt32(l)'), blockOf(dictionaryColumn(types[0]!, many, texts)))).toThrow(
      'a',
    );
  });

  test('keeps no dictionary whose NULL is not its first value and no other', () => {
    const result = evaluate(bind("nullIf(l, 'a')"), blockOf(dictionaryColumn(types[0]!, many, texts)));
    expect(result.layout).toBe('bytes');
    expect(list(result).slice(0, 3)).toEqual(['', null, 'B']);
  });
});
