// Every aggregate, over random groups, computed by ClickHouse and by us.

import chdb from 'chdb';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Workspace } from '../kernels/workspace.ts';
import { sliceColumn } from '../types/block.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { Column } from '../types/column.ts';
import { typeName, withoutNullable, type DataType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { appendText, textAt } from '../types/text.ts';
import { bindAggregate } from './aggregates.ts';

const workspace = new Workspace();
afterAll(() => workspace.close());

const ROW_COUNT = 300;
const GROUP_COUNT = 7;
/** Rows per update, so that states meet groups they have not seen. */
const BATCH_ROWS = 64;

const day = (n: number): string => new Date(n * 86_400_000).toISOString().slice(0, 10);
const columnsOfTable: Readonly<Record<string, readonly [type: string, values: fc.Arbitrary<string>]>> = {
  u8: ['UInt8', fc.integer({ min: 0, max: 255 }).map(String)],
  u64: ['UInt64', fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 5n)).map(String)],
  i32: ['Int32', fc.integer().map(String)],
  i64: ['Int64', fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-5n, 5n)).map(String)],
  f64: ['Float64', fc.integer({ min: -4000, max: 4000 }).map((n) => String(n / 8))],
  odd: ['Float64', fc.constantFrom('nan', 'inf', '-inf', '1.5', '-2')],
  d64: ['Decimal(18, 3)', fc.integer({ min: -99_999, max: 99_999 }).map((n) => (n / 1000).toFixed(3))],
  i128: ['Int128', fc.bigInt(-(2n ** 100n), 2n ** 100n).map(String)],
  u256: ['UInt256', fc.bigInt(0n, 2n ** 200n).map(String)],
  d128: ['Decimal(38, 3)', fc.bigInt(-(2n ** 90n), 2n ** 90n).map(String)],
  d256: ['Decimal(76, 10)', fc.bigInt(-(2n ** 150n), 2n ** 150n).map(String)],
  s: ['String', fc.string({ unit: fc.constantFrom(...'abcé'), maxLength: 3 })],
  fs: ['FixedString(2)', fc.constantFrom('', 'a', 'ab', 'b')],
  d: ['Date', fc.integer({ min: 0, max: 40_000 }).map(day)],
  dt: ['DateTime', fc.integer({ min: 0, max: 40_000 }).map((n) => `${day(n)} 01:02:03`)],
  dt3: ['DateTime64(3)', fc.integer({ min: 0, max: 40_000 }).map((n) => `${day(n)} 01:02:03.456`)],
  b: ['Bool', fc.constantFrom('true', 'false')],
  e: ["Enum8('x' = -1, 'y' = 2)", fc.constantFrom('x', 'y')],
  u: ['UUID', fc.uuid()],
};
const names = Object.keys(columnsOfTable);
const numbers = ['u8', 'u64', 'i32', 'i64', 'f64', 'd64', 'i128', 'u256', 'd128', 'd256', 'b'];

const withNullable = (plain: readonly string[]): string[] => [...plain, ...plain.map((name) => `n_${name}`)];
const averages = ['u8', 'i32', 'f64', 'd64', 'i128', 'd128'];

/** [name, arguments, DISTINCT] */
const calls: readonly (readonly [name: string, args: readonly string[], distinct?: true])[] = [
  ['count', []],
  ...withNullable(names).flatMap(
    (name) =>
      [
        ['count', [name]],
        ['min', [name]],
        ['max', [name]],
        ['uniqExact', [name]],
      ] as const,
  ),
  ...withNullable(numbers).flatMap(
    (name) =>
      [
        ['sum', [name]],
        ['sum', [name], true],
        ['sumIf', [name, 'n_b']],
        ['sumIf', [name, 'never']],
      ] as const,
  ),
  // ClickHouse's avg of 64-bit integers wraps; ours does not.
  ...withNullable(averages).flatMap(
    (name) =>
      [
        ['avg', [name]],
        ['avgIf', [name, 'u8']],
      ] as const,
  ),
  ...withNullable(names).flatMap(
    (name) =>
      [
        ['count', [name], true],
        ['minIf', [name, 'b']],
      ] as const,
  ),
  ...withNullable(['s', 'u8', 'd64']).flatMap(
    (name) =>
      [
        ['argMin', [name, 'rank']],
        ['argMax', [name, 'n_rank']],
      ] as const,
  ),
  ['countIf', ['b']],
  ['countIf', ['n_u8']],
  ['uniqExact', ['s', 'n_u8']],
  ['uniqExactIf', ['s', 'b']],
  ['count', ['s', 'n_u8'], true],
];

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

function makeTable(seed: number): { columns: ReadonlyMap<string, Column>; sql: string } {
  const columns = new Map<string, Column>();
  const cells: (string | null)[][] = [];
  const add = (name: string, type: string, texts: (string | null)[]): void => {
    const builder = createColumnBuilder(parseDataType(type));
    for (const text of texts) {
      if (text === null) builder.appendNull();
      else appendText(builder, text);
    }
    columns.set(name, builder.finish());
    cells.push(texts);
  };
  const sample = <T>(values: fc.Arbitrary<T>, salt: number): T[] =>
    fc.sample(values, { seed: seed + salt, numRuns: ROW_COUNT });
  add('g', 'UInt8', sample(fc.integer({ min: 0, max: GROUP_COUNT - 1 }).map(String), 0));
  add('never', 'UInt8', sample(fc.constant('0'), 0));
  // Without ties, in which ClickHouse may keep any.
  const ranks = Array.from({ length: ROW_COUNT }, (_, row) => (row * 7919 + seed) % ROW_COUNT);
  add('rank', 'Int32', ranks.map(String));
  add(
    'n_rank',
    'Nullable(Int32)',
    ranks.map((rank) => (rank % 2 === 0 ? null : String(rank))),
  );
  names.forEach((name, i) => {
    const [type, values] = columnsOfTable[name]!;
    add(name, type, sample(values, i + 1));
    add(`n_${name}`, `Nullable(${type})`, sample(fc.option(values, { freq: 2 }), i + 100));
  });
  const schema = [...columns].map(([name, column]) => `${name} ${typeName(column.type)}`).join(', ');
  const rows = Array.from(
    { length: ROW_COUNT },
    (_, row) =>
      `(${cells.map((column) => (column[row] === null ? 'NULL' : quoted(column[row]!))).join(', ')})`,
  );
  return { columns, sql: `values(${quoted(schema)}, ${rows.join(', ')})` };
}

function compute(call: (typeof calls)[number], columns: ReadonlyMap<string, Column>): Column {
  const args = call[1].map((name) => columns.get(name)!);
  const bound = bindAggregate({
    name: call[0],
    parameters: [],
    argTypes: args.map((arg) => arg.type),
    distinct: call[2] ?? false,
    position: { offset: 0, line: 1, column: 1 },
  });
  const state = bound.createState(workspace);
  const groups = Uint32Array.from((columns.get('g') as { values: Uint8Array } & Column).values);
  for (let start = 0; start < ROW_COUNT; start += BATCH_ROWS) {
    const end = Math.min(start + BATCH_ROWS, ROW_COUNT);
    const batch = groups.slice(start, end);
    state.update(
      args.map((arg) => sliceColumn(arg, start, end)),
      batch,
      Math.max(...batch) + 1,
      end - start,
    );
  }
  const result = state.finish(GROUP_COUNT);
  expect(typeName(result.type), call[0]).toBe(typeName(bound.type));
  return result;
}

const cellText = (column: Column, row: number): string =>
  column.nulls?.[row] === 1 ? '\\N' : textAt(column, row).replaceAll('\0', '');

function same(ours: string, theirs: string, type: DataType): boolean {
  if (ours === theirs) return true;
  return (
    withoutNullable(type).kind === 'Float64' &&
    Math.abs(Number(ours) - Number(theirs)) <= Math.abs(Number(theirs)) * 1e-12
  );
}

test('aggregates of random groups have the type and the values that ClickHouse gives them', () => {
  const seed = Number(process.env['WINNOW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const { columns, sql } = makeTable(seed);
  const items = calls.map(
    ([name, args, distinct]) => `${name}(${distinct ? 'DISTINCT ' : ''}${args.join(', ')})`,
  );
  const ask = (select: string): string[][] =>
    chdb
      .query(
        `SELECT ${select} FROM ${sql} GROUP BY g ORDER BY g SETTINGS max_threads = 1, max_query_size = 10000000`,
        'TabSeparated',
      )
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'));
  const theirs = ask(items.join(', ')).map((row) => row.map((cell) => cell.replaceAll('\\0', '')));
  const theirTypes = ask(items.map((item) => `toTypeName(${item})`).join(', '))[0]!.map((name) =>
    name.replaceAll('\\', ''),
  );
  const found = calls.flatMap((call, i) => {
    const ours = compute(call, columns);
    if (typeName(ours.type) !== theirTypes[i])
      return [`${items[i]}: type ${typeName(ours.type)}, ClickHouse ${theirTypes[i]}`];
    const group = theirs.findIndex((row, g) => !same(cellText(ours, g), row[i]!, ours.type));
    return group < 0
      ? []
      : [`${items[i]}: group ${group} is ${cellText(ours, group)}, ClickHouse ${theirs[group]![i]}`];
  });
  console.log(
    `seed ${seed}: ${calls.length} aggregates × ${GROUP_COUNT} groups compared, ${found.length} differ`,
  );
  expect(found).toEqual([]);
});

test('any keeps the first value that is not NULL, anyLast the last', () => {
  const { columns } = makeTable(3);
  for (const [name, pick] of [
    ['any', 'find'],
    ['anyLast', 'findLast'],
  ] as const) {
    const column = columns.get('n_s')!;
    const bound = bindAggregate({
      name,
      parameters: [],
      argTypes: [column.type],
      distinct: false,
      position: { offset: 0, line: 1, column: 1 },
    });
    const state = bound.createState(workspace);
    state.update([column], undefined, 1, ROW_COUNT);
    const row = Array.from({ length: ROW_COUNT }, (_, i) => i)[pick]((i) => column.nulls?.[i] === 0)!;
    expect(cellText(state.finish(1), 0), name).toBe(cellText(column, row));
  }
});

test('all rows in one group give what numbered groups give', () => {
  const { columns } = makeTable(7);
  for (const name of ['sum', 'count', 'min', 'uniqExact']) {
    const args = [columns.get('n_i32')!];
    const bound = bindAggregate({
      name,
      parameters: [],
      argTypes: [args[0]!.type],
      distinct: false,
      position: { offset: 0, line: 1, column: 1 },
    });
    const [alone, numbered] = [bound.createState(workspace), bound.createState(workspace)];
    alone.update(args, undefined, 1, ROW_COUNT);
    numbered.update(args, new Uint32Array(ROW_COUNT), 1, ROW_COUNT);
    expect(cellText(alone.finish(1), 0), name).toBe(cellText(numbered.finish(1), 0));
  }
});
