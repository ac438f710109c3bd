// States that kernels compute, against values taken one by one; and states that merge, against one state.

import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { anyKeyType, anyType, plainTypes, valuesOf } from '../../../test/support/random-columns.ts';
import { noGroup } from '../../kernels/aggregate-kernels.ts';
import { takenBytes } from '../../kernels/chunk-pool.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import { extreme, sumOfFloats, sumOfIntegers, valuesByGroup } from '../../kernels/twins/aggregate.ts';
import { Workspace } from '../../kernels/workspace.ts';
import { sliceColumn, takeRows } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { defaultRow } from '../../types/column-builder.ts';
import { evenSizeBytes, nullable, physicalOf, type DataType } from '../../types/data-type.ts';
import { columnOf, valueAt } from '../../types/value.ts';
import { bindAggregate, type AggregateFunction, type AggregateState } from '../aggregates.ts';
import { fixed, numbersOf } from '../vectors.ts';

const takenBefore = takenBytes(kernelRuntime().memory);
afterAll(() => expect(takenBytes(kernelRuntime().memory)).toBe(takenBefore));

const GROUP_COUNT = 5;

const aggregate = (name: string, argTypes: readonly DataType[], distinct = false): AggregateFunction =>
  bindAggregate({
    name,
    parameters: [],
    argTypes,
    distinct,
    position: { offset: 0, line: 1, column: 1 },
  });

/** Columns of these types, the group of every row, and where rows are cut into blocks. */
const rowsOf = (
  types: readonly DataType[],
): fc.Arbitrary<{ columns: Column[]; groups: number[]; cuts: number[] }> =>
  fc.nat(60).chain((rowCount) => {
    const column = (type: DataType): fc.Arbitrary<Column> =>
      fc
        .array(valuesOf(type), { minLength: rowCount, maxLength: rowCount })
        .map((values) => columnOf(type, values));
    return fc.record({
      columns: fc.tuple(...types.map(column)),
      groups: fc.array(fc.nat(GROUP_COUNT - 1), { minLength: rowCount, maxLength: rowCount }),
      cuts: fc
        .array(fc.nat(rowCount), { maxLength: 4 })
        .map((cuts) => [0, ...cuts.sort((a, b) => a - b), rowCount]),
    });
  });

const list = (column: Column): unknown[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

function withWorkspace<T>(use: (workspace: Workspace) => T): T {
  const workspace = new Workspace();
  try {
    return use(workspace);
  } finally {
    workspace.close();
  }
}

function feed(
  state: AggregateState,
  { columns, groups, cuts }: { columns: readonly Column[]; groups: number[] | undefined; cuts: number[] },
  workspace: Workspace,
): void {
  for (let i = 1; i < cuts.length; i++) {
    const [start, end] = [cuts[i - 1]!, cuts[i]!];
    workspace.scratch.rewind();
    const args = columns.map((column) => sliceColumn(column, start, end));
    const ofRows = groups && Uint32Array.from(groups.slice(start, end));
    state.update(args, ofRows, groups ? GROUP_COUNT : 1, end - start);
  }
}

const fixedTypes = plainTypes.filter((type) => physicalOf(type) !== 'bytes');

test('min and max of every fixed type are what a loop over the values finds, with groups and without', () => {
  const cases = fc
    .tuple(fc.constantFrom(...fixedTypes), fc.constantFrom('least', 'greatest'), fc.boolean())
    .chain(([type, rule, grouped]) => rowsOf([type]).map((rows) => ({ type, rule, grouped, ...rows })));
  fc.assert(
    fc.property(cases, ({ type, rule, grouped, columns, groups, cuts }) => {
      withWorkspace((workspace) => {
        const state = aggregate(rule === 'least' ? 'min' : 'max', [type]).createState(workspace);
        feed(state, { columns, groups: grouped ? groups : undefined, cuts }, workspace);
        const values = [...fixed(columns[0]!).values].slice(0, groups.length);
        const ofGroup = valuesByGroup(
          values,
          grouped ? groups : groups.map(() => 0),
          grouped ? GROUP_COUNT : 1,
        );
        const found = fixed(state.finish(ofGroup.length));
        ofGroup.forEach((each, group) => {
          const expected = extreme(each, rule);
          if (expected !== undefined) expect(found.values[group]).toBe(expected);
          else expect(valueAt(found, group)).toEqual(valueAt(defaultRow(type), 0));
        });
      });
    }),
    { numRuns: 500 },
  );
});

test('sums and averages are exact for integers, wrap in 64 bits or their own width, and take floats in the order of rows', () => {
  const numbers = plainTypes.filter(({ kind }) => /^U?Int|Float|Bool|Decimal/.test(kind));
  const cases = fc
    .tuple(fc.constantFrom(...numbers), fc.boolean())
    .chain(([type, grouped]) => rowsOf([type]).map((rows) => ({ type, grouped, ...rows })));
  fc.assert(
    fc.property(cases, ({ type, grouped, columns, groups, cuts }) => {
      withWorkspace((workspace) => {
        const states = ['sum', 'avg', 'count'].map((name) => aggregate(name, [type]).createState(workspace));
        const [sum, average, count] = states;
        for (const state of states)
          feed(state, { columns, groups: grouped ? groups : undefined, cuts }, workspace);
        const ofGroup = valuesByGroup(
          numbersIn(columns[0]!, groups.length),
          grouped ? groups : groups.map(() => 0),
          grouped ? GROUP_COUNT : 1,
        );
        const isFloat = type.kind.startsWith('Float');
        const unit = type.kind === 'Decimal' ? 10 ** type.scale : 1;
        expect([...fixed(count!.finish(ofGroup.length)).values]).toEqual(
          ofGroup.map((each) => BigInt(each.length)),
        );
        expect([...fixed(average!.finish(ofGroup.length)).values]).toEqual(
          ofGroup.map(
            (each) => Number(isFloat ? sumOfFloats(each) : sumOfIntegers(each)) / unit / each.length,
          ),
        );
        const sums = sum!.finish(ofGroup.length);
        const exact = ofGroup.map(sumOfIntegersOrFloats(isFloat));
        expect(numbersIn(sums, ofGroup.length)).toEqual(exact.map((each) => wrapped(each, sums.type)));
      });
    }),
    { numRuns: 500 },
  );
});

const sumOfIntegersOrFloats =
  (isFloat: boolean) =>
  (values: readonly (number | bigint)[]): number | bigint =>
    isFloat ? sumOfFloats(values) : sumOfIntegers(values);

const numbersIn = (column: Column, count: number): (number | bigint)[] =>
  Array.from(numbersOf(column, count)).slice(0, count);

function wrapped(sum: number | bigint, type: DataType): number | bigint {
  if (typeof sum === 'number') return sum;
  const bits = 8 * (evenSizeBytes(type) ?? 8);
  return type.kind.startsWith('UInt') ? BigInt.asUintN(bits, sum) : BigInt.asIntN(bits, sum);
}

test('sums of 128 bits are rounded once, to the nearest float', () => {
  const extremes = fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 1n, -1n);
  const int64: DataType = { kind: 'Int64' };
  fc.assert(
    fc.property(
      fc.array(fc.oneof(extremes, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), { minLength: 1 }),
      (values) => {
        withWorkspace((workspace) => {
          const state = aggregate('avg', [int64]).createState(workspace);
          state.update([columnOf(int64, values)], undefined, 1, values.length);
          expect(fixed(state.finish(1)).values[0]).toBe(Number(sumOfIntegers(values)) / values.length);
        });
      },
    ),
    { numRuns: 1000 },
  );
});

test('rows of no group are left out by every state that says so', () => {
  fc.assert(
    fc.property(
      rowsOf([{ kind: 'Int32' }, { kind: 'UInt8' }]),
      ({ columns: [values, keep], groups, cuts }) => {
        for (const name of ['count', 'sum', 'avg', 'min', 'max']) {
          withWorkspace((workspace) => {
            const fn = aggregate(name, [{ kind: 'Int32' }]);
            const [all, some] = [
              fn.createState(workspace),
              aggregate(`${name}If`, [{ kind: 'Int32' }, { kind: 'UInt8' }]).createState(workspace),
            ];
            const kept = groups.map((group, row) => (valueAt(keep!, row) === 0 ? noGroup : group));
            feed(all, { columns: [values!], groups: kept, cuts }, workspace);
            feed(some, { columns: [values!, keep!], groups, cuts }, workspace);
            expect(all.leavesOut, name).toBe(true);
            expect(list(all.finish(GROUP_COUNT)), name).toEqual(list(some.finish(GROUP_COUNT)));
          });
        }
      },
    ),
  );
});

/** [name, argument types, DISTINCT]; floats only where their order does not change the answer. */
const mergeable = fc.oneof(
  fc.tuple(
    fc.constantFrom('min', 'max', 'any', 'anyLast', 'uniqExact', 'count'),
    fc.tuple(anyKeyType),
    fc.boolean(),
  ),
  fc.tuple(
    fc.constantFrom('argMin', 'argMax', 'uniqExact'),
    fc.tuple(anyKeyType, anyKeyType),
    fc.constant(false),
  ),
  fc.tuple(
    fc.constantFrom('sum', 'avg', 'sumIf', 'avgIf'),
    fc.constantFrom('Int8', 'UInt16', 'Int32', 'Int64', 'UInt64').map((kind) => [{ kind } as DataType]),
    fc.boolean(),
  ),
  fc.tuple(fc.constant('uniqExact'), fc.tuple(anyType), fc.constant(false)),
);

const mergeCases = fc
  .tuple(mergeable, fc.boolean(), fc.boolean())
  .chain(([[name, types, distinct], withNulls, grouped]) => {
    const args = withNulls ? types.map(nullable) : types;
    const all: DataType[] = name.endsWith('If')
      ? [...args, { kind: 'Nullable', inner: { kind: 'UInt8' } }]
      : [...args];
    return rowsOf(all).map((rows) => ({
      name,
      types: all,
      distinct: distinct && !name.startsWith('arg'),
      grouped,
      ...rows,
    }));
  });

test('states of several threads, each with its own numbers of groups, merge into what one state says', () => {
  fc.assert(
    fc.property(mergeCases, ({ name, types, distinct, grouped, columns, groups, cuts }) => {
      const fn = aggregate(name, types, distinct);
      expect(fn.merges, name).toBe(true);
      withWorkspace((workspace) => {
        const [alone, merged] = [fn.createState(workspace), fn.createState(workspace)];
        feed(alone, { columns, groups: grouped ? groups : undefined, cuts }, workspace);
        const groupCount = grouped ? GROUP_COUNT : 1;
        for (let i = 1; i < cuts.length; i++) {
          const part = partOf(fn, columns, grouped ? groups : undefined, [cuts[i - 1]!, cuts[i]!]);
          merged.merge!(part.partial, part.mapping, groupCount);
        }
        expect(list(merged.finish(groupCount)), name).toEqual(list(alone.finish(groupCount)));
      });
    }),
    { numRuns: 600 },
  );
});

/** A state over rows [start, end), whose groups are numbered by first sight, and their numbers here. */
function partOf(
  fn: AggregateFunction,
  columns: readonly Column[],
  groups: readonly number[] | undefined,
  [start, end]: readonly [number, number],
): { partial: readonly Column[]; mapping: Uint32Array } {
  return withWorkspace((workspace) => {
    const state = fn.createState(workspace);
    const mapping = groups ? [...new Set(groups.slice(start, end))] : [0];
    const own = groups && Uint32Array.from(groups.slice(start, end), (group) => mapping.indexOf(group));
    const args = columns.map((column) => sliceColumn(column, start, end));
    if (end > start) state.update(args, own, mapping.length, end - start);
    return { partial: state.partial!(mapping.length).map(copied), mapping: Uint32Array.from(mapping) };
  });
}

/** Away from memory that is given back. */
const copied = (column: Column): Column =>
  takeRows(
    column,
    Uint32Array.from({ length: column.rowCount }, (_, row) => row),
  );
