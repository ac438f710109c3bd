// aggregates.ts — aggregate functions by name, with the suffix -If, DISTINCT, and NULL arguments.
//
// Rows go out in this order: by the condition of -If, by NULL, by DISTINCT. uniq is exact here, and
// uniqExact at the same price.

import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import { repeatRow } from '../types/block.ts';
import {
  isNullable,
  nullable,
  withoutLowCardinality,
  withoutNullable,
  type AggregateFunctionType,
} from '../types/data-type.ts';
import { columnOf } from '../types/value.ts';
import {
  illegalAggregate,
  type AggregateCall,
  type AggregateEntry,
  type AggregateFunction,
} from './aggregates/aggregate.ts';
import { collectingAggregates } from './aggregates/collect.ts';
import { onlyDistinct, onlyIf, withoutNullRows } from './aggregates/combinators.ts';
import { numericAggregates } from './aggregates/numeric.ts';
import { quantileAggregates } from './aggregates/quantile.ts';
import { selectionAggregates } from './aggregates/selection.ts';
import {
  bindMerge,
  bindState,
  finalizer,
  storedStates,
  type Finalizer,
  type StoredStates,
} from './aggregates/state-functions.ts';
import { uniqueAggregates } from './aggregates/unique.ts';
import { aggregatesNotYet } from './not-yet.ts';
import { isBareNull, isInteger, nothing } from './type-classes.ts';

export type { AggregateCall, AggregateFunction, AggregateState } from './aggregates/aggregate.ts';

const notYet: readonly AggregateEntry[] = [...aggregatesNotYet].map((name) => ({
  names: [name],
  arity: [0, Infinity],
  parameters: [0, Infinity],
  bind: (call) => {
    throw notImplemented(`aggregate function ${name}`, call.position);
  },
}));

const entries: readonly AggregateEntry[] = [
  ...numericAggregates,
  ...selectionAggregates,
  ...uniqueAggregates,
  ...collectingAggregates,
  ...quantileAggregates,
  ...notYet,
];

const byName = new Map<string, AggregateEntry>();
const byLowerName = new Map<string, AggregateEntry>();
for (const entry of entries) {
  for (const name of entry.names) {
    byName.set(name, entry);
    if (entry.anyCase) byLowerName.set(name.toLowerCase(), entry);
  }
}

type Found = { readonly entry: AggregateEntry; readonly suffix: string };

const suffixes = [
  'If',
  'Distinct',
  'OrNull',
  'OrDefault',
  'State',
  'Merge',
  'Array',
  'Map',
  'ForEach',
  'Resample',
];

function find(name: string): Found | undefined {
  const entry = byName.get(name) ?? byLowerName.get(name.toLowerCase());
  if (entry) return { entry, suffix: '' };
  const suffix = suffixes.find((candidate) => name.endsWith(candidate));
  if (suffix === undefined) return undefined;
  const base = find(name.slice(0, -suffix.length));
  return base && { entry: base.entry, suffix: base.suffix + suffix };
}

/** Is it the name of an aggregate function, perhaps with suffixes, whether or not Winnow has it yet? */
export function isAggregateFunction(name: string): boolean {
  return find(name) !== undefined;
}

/** Names of the aggregate functions that can be called, sorted. */
export function aggregateNames(): string[] {
  return [...byName.keys()].filter((name) => !aggregatesNotYet.has(name)).sort();
}

/** An aggregate, and what it was bound from: with that it can be bound again elsewhere. */
export type BoundAggregate = AggregateFunction & { readonly call: AggregateCall };

/**
 * The aggregate over arguments of these types. Errors: UNKNOWN_AGGREGATE_FUNCTION, NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
 * ILLEGAL_TYPE_OF_ARGUMENT, NOT_IMPLEMENTED.
 */
export function bindAggregate(call: AggregateCall): BoundAggregate {
  const found = find(call.name);
  if (!found) throw unknown(call);
  const halfway = bindHalfway(found, call);
  if (halfway) return { ...halfway, call };
  const { suffix } = found;
  if (suffix !== '' && suffix !== 'If' && suffix !== 'Distinct')
    throw notImplemented(`the suffix -${suffix} of aggregate functions`, call.position);
  const distinct = call.distinct || suffix === 'Distinct';
  // DISTINCT counts tuples of any width, as uniqExact does.
  const entry =
    distinct && found.entry === byName.get('count') && call.argTypes.length > 0
      ? byName.get('uniqExact')!
      : found.entry;
  const bound = suffix === 'If' ? bindIf(entry, call, distinct) : bindPlain(entry, call, distinct);
  return { ...bound, call };
}

/** -State and -Merge, also with -If before or behind them. */
function bindHalfway({ entry, suffix }: Found, call: AggregateCall): AggregateFunction | undefined {
  const [, before, ends, behind] = /^(If)?(State|Merge)(If)?$/.exec(suffix) ?? [];
  if (!ends || call.distinct) return undefined;
  if (call.argTypes.some(isBareNull)) return alwaysNull;
  const argTypes = behind ? call.argTypes.slice(0, -1) : call.argTypes;
  const bind = ends === 'State' ? bindState : bindMerge;
  const bound = bind({ ...call, argTypes }, entry.names[0]! + (before ?? ''), bindAggregate);
  return behind ? onlyIf(bound) : bound;
}

/**
 * From a column of states to their results. Errors: NOT_IMPLEMENTED of functions and types whose states Winnow does not
 * have, those of `bindAggregate`.
 */
export const finalizerOf = (type: AggregateFunctionType, position: SourcePosition): Finalizer =>
  finalizer(type, position, bindAggregate);

/** How states of the type lie in a stream. Errors: as `finalizerOf`. */
export const storedStatesOf = (type: AggregateFunctionType): StoredStates =>
  storedStates(type, bindAggregate);

function unknown(call: AggregateCall): WinnowError {
  const nearest = nearestName(call.name, aggregateNames());
  return new WinnowError('UNKNOWN_AGGREGATE_FUNCTION', `unknown aggregate function ${call.name}`, {
    position: call.position,
    hint: nearest === undefined ? undefined : `did you mean ${nearest}?`,
  });
}

function bindIf(entry: AggregateEntry, call: AggregateCall, distinct: boolean): AggregateFunction {
  const condition = call.argTypes.at(-1);
  const plain = condition && withoutNullable(condition);
  if (!plain || (!isInteger(plain) && plain.kind !== 'Nothing'))
    throw illegalAggregate(call, 'a condition of type UInt8 or Bool as its last argument');
  return onlyIf(bindPlain(entry, { ...call, argTypes: call.argTypes.slice(0, -1) }, distinct));
}

function bindPlain(entry: AggregateEntry, call: AggregateCall, distinct: boolean): AggregateFunction {
  checkArity(entry, call);
  checkParameters(entry, call);
  // Values are aggregated as the type inside LowCardinality, as in ClickHouse.
  const argTypes = call.argTypes.map(withoutLowCardinality);
  if (!entry.neverNull && argTypes.some(isBareNull)) return alwaysNull;
  const inner = entry.bind({ ...call, argTypes: argTypes.map(withoutNullable) });
  const counted = distinct ? onlyDistinct(inner, argTypes.map(withoutNullable)) : inner;
  return argTypes.some(isNullable) ? withoutNullRows(counted, entry.neverNull ?? false) : counted;
}

function checkArity({ arity: [min, max] }: AggregateEntry, call: AggregateCall): void {
  const count = call.argTypes.length;
  if (count >= min && count <= max) return;
  const takes = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
  throw new WinnowError(
    'NUMBER_OF_ARGUMENTS_DOESNT_MATCH',
    `aggregate function ${call.name} takes ${takes} arguments, not ${count}`,
    {
      position: call.position,
    },
  );
}

function checkParameters({ parameters: [min, max] = [0, 0] }: AggregateEntry, call: AggregateCall): void {
  const count = call.parameters.length;
  if (count >= min && count <= max) return;
  const takes =
    max === 0 ? 'no' : max === Infinity ? `at least ${min}` : min === max ? `${min}` : `${min} to ${max}`;
  throw new WinnowError(
    'NUMBER_OF_ARGUMENTS_DOESNT_MATCH',
    `aggregate function ${call.name} takes ${takes} parameters, not ${count}`,
    { position: call.position },
  );
}

const nullColumn = columnOf(nullable(nothing), [null]);

/** Over a bare NULL. */
const alwaysNull: AggregateFunction = {
  type: nullable(nothing),
  merges: true,
  createState: () => ({
    leavesOut: true,
    update: () => {},
    partial: () => [],
    merge: () => {},
    finish: (groupCount) => repeatRow(nullColumn, 0, groupCount),
    sizeBytes: () => 0,
  }),
};
