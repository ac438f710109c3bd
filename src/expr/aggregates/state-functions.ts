// state-functions.ts — aggregate functions that stop half-way, and go on: -State, -Merge, finalizeAggregation.
//
// A state's bytes are the rows of columns that an aggregate gives and takes (`partial` and `merge`), or, of those that keep
// sets, of its result, an array: state-format.ts has the bytes.

import { notImplemented, WinnowError, type SourcePosition } from '../../base/errors.ts';
import { withWorkspace, type Workspace } from '../../kernels/workspace.ts';
import { expandDictionary } from '../../types/block.ts';
import type { ArrayColumn, Column } from '../../types/column.ts';
import {
  isNullable,
  typeName,
  withoutLowCardinality,
  withoutNullable,
  type AggregateFunctionType,
  type DataType,
} from '../../types/data-type.ts';
import { ownColumn } from '../../types/own-block.ts';
import { isFloat, numberShape, uint32, uint64, uint8 } from '../type-classes.ts';
import { arrays, fixedColumn } from '../vectors.ts';
import type { AggregateCall, AggregateFunction, AggregateState } from './aggregate.ts';
import { rowsOfArrays } from './collect.ts';
import { keptOf } from './kept-values.ts';
import { wrappingAverage } from './numeric.ts';
import { onlyIf, withoutNullRows } from './combinators.ts';
import { stateFormat, type StateFormat, type StateShape } from './state-format.ts';

/** Binds an aggregate function that has no -State or -Merge. */
export type BindAggregate = (call: AggregateCall) => AggregateFunction;

/** An aggregate function whose states have bytes. */
type StateFunction = {
  readonly format: StateFormat;
  /** What keeps the groups' values. */
  readonly inner: AggregateFunction;
  /** A set: its columns are not those of `partial`, which come in pairs, but its result. */
  readonly isSet: boolean;
  /** Arguments of the function as those of `inner`. */
  readonly prepare: (args: readonly Column[], rowCount: number) => readonly Column[];
  /** A row per group, for the format. */
  readonly columns: (state: AggregateState, groupCount: number) => readonly Column[];
  readonly take: (
    state: AggregateState,
    columns: readonly Column[],
    groups: Uint32Array,
    groupCount: number,
  ) => void;
  /** The function's own result. */
  readonly type: DataType;
  readonly finish: (state: AggregateState, groupCount: number) => Column;
};

const shapes: Readonly<Record<string, StateShape>> = {
  count: 'count',
  sum: 'sum',
  avg: 'avg',
  min: 'selection',
  max: 'selection',
  any: 'selection',
  anyLast: 'selection',
  argMin: 'selectionBy',
  argMax: 'selectionBy',
  groupArray: 'list',
  groupUniqArray: 'list',
};

/** Errors: NOT_IMPLEMENTED of functions and types whose states Winnow does not have; those of `bind`. */
function stateFunction(
  { name, parameters, args }: AggregateFunctionType,
  position: SourcePosition,
  bind: BindAggregate,
): StateFunction {
  const base = name.replace(/If$/, '');
  const values = (base === name ? args : args.slice(0, -1)).map(withoutLowCardinality);
  const call = { name, parameters, argTypes: args, distinct: false, position };
  const bound = bind(call);
  const found = base.startsWith('uniq')
    ? setFunction(call, base, values, bound.type, bind)
    : plainFunction(base, values, base === 'avg' ? averageOf(values[0]!, base !== name) : bound);
  if (found) return found;
  throw notImplemented(
    `states of ${typeName({ kind: 'AggregateFunction', name, parameters, args })}`,
    position,
  );
}

/** As ClickHouse's avg has its sum: of 64 bits, which wrap. */
function averageOf(type: DataType, hasCondition: boolean): AggregateFunction {
  const plain = wrappingAverage(withoutNullable(type));
  const average = isNullable(type) ? withoutNullRows(plain, false) : plain;
  return hasCondition ? onlyIf(average) : average;
}

function plainFunction(
  base: string,
  values: readonly DataType[],
  inner: AggregateFunction,
): StateFunction | undefined {
  const shape = shapes[base];
  if (!shape) return undefined;
  const plain = values.map(withoutNullable);
  const isFlagged = shape !== 'count' && shape !== 'list' && values.some(isNullable);
  const sum = plain[0] && sumType(plain[0]);
  if ((shape === 'sum' || shape === 'avg') && !sum) return undefined;
  // With a length before each, which would have to be checked.
  if (shape === 'list' && plain[0]!.kind === 'FixedString') return undefined;
  const format = stateFormat(shape, plain, { sum: sum ?? uint64, isFlagged });
  const isSet = base === 'groupUniqArray';
  return (
    format && {
      format,
      inner,
      isSet,
      prepare: (args) => args,
      columns: (state, groupCount) => (isSet ? [state.finish(groupCount)] : state.partial!(groupCount)),
      take: (state, columns, groups, groupCount) =>
        isSet
          ? takeElements(state, columns[0]!, groups, groupCount)
          : state.merge!(columns, groups, groupCount),
      type: inner.type,
      finish: (state, groupCount) => state.finish(groupCount),
    }
  );
}

/** As sums are given on: integers by their bits. */
function sumType(type: DataType): DataType | undefined {
  if (!numberShape(type)) return undefined;
  return isFloat(type) ? { kind: 'Float64' } : { kind: 'Int64' };
}

/** uniq and uniqExact: a set of hashes, or of the numbers themselves. */
function setFunction(
  call: AggregateCall,
  base: string,
  values: readonly DataType[],
  type: DataType,
  bind: BindAggregate,
): StateFunction | undefined {
  const [value] = values;
  if (!value || values.length > 1) return undefined;
  const kept = keptOf(base, withoutNullable(value));
  const isFlagged = isNullable(value);
  const condition = call.argTypes.slice(1);
  const keptType = kept && (isFlagged ? ({ kind: 'Nullable', inner: kept.type } as const) : kept.type);
  const format =
    kept && stateFormat(base === 'uniq' ? 'hashes' : 'list', [kept.type], { sum: uint64, isFlagged });
  if (!format) return undefined;
  const name = call.name.replace(base, 'groupUniqArray');
  return {
    format,
    inner: bind({ ...call, name, argTypes: [keptType!, ...condition] }),
    isSet: true,
    prepare: ([first, ...rest], rowCount) => [kept.of(expandDictionary(first!), rowCount), ...rest],
    columns: (state, groupCount) => [
      base === 'uniq' ? checked(arrays(state.finish(groupCount)), call.position) : state.finish(groupCount),
      ...(isFlagged ? [fixedColumn(uint8, new Uint8Array(groupCount).fill(1), groupCount)] : []),
    ],
    take: (state, columns, groups, groupCount) => takeElements(state, columns[0]!, groups, groupCount),
    type,
    finish: (state, groupCount) => lengthsOf(state.finish(groupCount), groupCount),
  };
}

/** From here on ClickHouse leaves hashes out. */
const MAX_UNIQ_HASHES = 65_536;

function checked(sets: ArrayColumn, position: SourcePosition): ArrayColumn {
  const { offsets, rowCount } = sets;
  for (let group = 0; group < rowCount; group++)
    if (offsets[group + 1]! - offsets[group]! > MAX_UNIQ_HASHES)
      throw notImplemented(`a state of uniq with more than ${MAX_UNIQ_HASHES} values`, position);
  return sets;
}

/** Each element with the array it is of, as `partial` gives sets. */
function takeElements(state: AggregateState, column: Column, groups: Uint32Array, groupCount: number): void {
  const rows = rowsOfArrays(
    column,
    groups.map((_, row) => row),
  );
  const pairs = [fixedColumn(uint32, rows.groups, rows.groups.length), rows.values];
  state.merge!(pairs, groups, groupCount);
}

function lengthsOf(column: Column, groupCount: number): Column {
  const { offsets } = arrays(column);
  const lengths = BigUint64Array.from({ length: groupCount }, (_, group) =>
    BigInt(offsets[group + 1]! - offsets[group]!),
  );
  return fixedColumn(uint64, lengths, groupCount);
}

/** Passes on what is between a function's states and its results. */
function stateOf(
  { inner, isSet, prepare, take, columns, format }: StateFunction,
  workspace: Workspace,
  ends: { readonly takesStates: boolean; finish(state: AggregateState, groupCount: number): Column },
): AggregateState {
  const state = inner.createState(workspace);
  const merge = (partial: readonly Column[], groups: Uint32Array, groupCount: number): void =>
    take(state, partial, groups, groupCount);
  return {
    update: (args, groups, groupCount, rowCount) => {
      // A set takes rows with groups or without, and what is merged has groups.
      const given = groups ?? (isSet || ends.takesStates ? new Uint32Array(rowCount) : undefined);
      if (ends.takesStates) merge(format.decode(args[0]!, rowCount), given!, groupCount);
      else state.update(prepare(args, rowCount), given, groupCount, rowCount);
    },
    finish: (groupCount) => ends.finish(state, groupCount),
    partial: (groupCount) => columns(state, groupCount),
    merge,
    sizeBytes: () => state.sizeBytes(),
  };
}

/** `sumState(x)`: the state instead of the result. */
export function bindState(call: AggregateCall, name: string, bind: BindAggregate): AggregateFunction {
  const type: AggregateFunctionType = {
    kind: 'AggregateFunction',
    name,
    parameters: call.parameters.map(Number),
    args: call.argTypes.map(withoutLowCardinality),
  };
  const found = stateFunction(type, call.position, bind);
  const finish = (state: AggregateState, groupCount: number): Column =>
    found.format.encode(type, found.columns(state, groupCount), groupCount);
  return {
    type,
    merges: true,
    createState: (workspace) => stateOf(found, workspace, { takesStates: false, finish }),
  };
}

/** `sumMerge(state)`. Errors: ILLEGAL_TYPE_OF_ARGUMENT when it is no state of that function. */
export function bindMerge(call: AggregateCall, name: string, bind: BindAggregate): AggregateFunction {
  const [type] = call.argTypes;
  if (type?.kind !== 'AggregateFunction' || type.name !== name || call.argTypes.length > 1)
    throw new WinnowError(
      'ILLEGAL_TYPE_OF_ARGUMENT',
      `${call.name} takes a state of ${name}, not ${call.argTypes.map(typeName).join(', ')}`,
      { position: call.position },
    );
  const found = stateFunction(type, call.position, bind);
  return {
    type: found.type,
    merges: true,
    createState: (workspace) => stateOf(found, workspace, { takesStates: true, finish: found.finish }),
  };
}

export type Finalizer = {
  readonly type: DataType;
  readonly run: (states: Column, rowCount: number) => Column;
};

/** From a column of states to their results. Errors: as `bindState`. */
export function finalizer(
  type: AggregateFunctionType,
  position: SourcePosition,
  bind: BindAggregate,
): Finalizer {
  const found = stateFunction(type, position, bind);
  const run = (states: Column, rowCount: number): Column =>
    withWorkspace((workspace) => {
      const state = found.inner.createState(workspace);
      const groups = Uint32Array.from({ length: rowCount }, (_, row) => row);
      found.take(state, found.format.decode(states, rowCount), groups, rowCount);
      return ownColumn(found.finish(state, rowCount));
    });
  return { type: found.type, run };
}

/** The type stands in a file. */
const nowhere: SourcePosition = { offset: 0, line: 1, column: 1 };

/** The state of no rows. */
function emptyStateOf(type: AggregateFunctionType, { format, inner, columns }: StateFunction): Buffer {
  return withWorkspace((workspace) => format.encode(type, columns(inner.createState(workspace), 1), 1).bytes);
}

export type StoredStates = {
  /** Pairs of u32, for the kernel `stateOffsets`. */
  readonly steps: Uint32Array;
  /** The state of no rows, which may lie in memory without bytes. */
  readonly empty: Buffer;
};

/** How states of the type lie in a stream. Errors: as `bindState`. */
export function storedStates(type: AggregateFunctionType, bind: BindAggregate): StoredStates {
  const found = stateFunction(type, nowhere, bind);
  return { steps: found.format.steps, empty: emptyStateOf(type, found) };
}
