// plain-fragment.ts — fragments and their partial results as plain data, which can be sent to another thread.

import { bindAggregate, type AggregateCall as Call } from '../expr/aggregates.ts';
import { boundExpression, plainExpression, type PlainExpression } from '../expr/plain-expression.ts';
import type { AggregateCall, Aggregation, SortKey } from '../plan/plan.ts';
import type { Block, Column } from '../types/column.ts';
import { plainBlock, plainColumn, receivedBlock, receivedColumn } from '../types/plain-column.ts';
import type { Fragment, FragmentPartial } from './fragment.ts';

export type PlainFragment = {
  readonly filter: readonly PlainExpression[];
  readonly undecided: readonly PlainExpression[];
} & (
  | {
      readonly kind: 'groups';
      readonly keys: readonly PlainExpression[];
      readonly aggregates: readonly PlainAggregate[];
    }
  | {
      readonly kind: 'firstRows';
      readonly projection: readonly PlainExpression[];
      readonly sort: readonly SortKey[];
      readonly limit: number | undefined;
    }
);

type PlainAggregate = {
  readonly name: string;
  readonly call: Call;
  readonly args: readonly PlainExpression[];
};

export function plainFragment(fragment: Fragment): PlainFragment {
  const filter = fragment.filter.map(plainExpression);
  const undecided = fragment.undecided.map(plainExpression);
  if (fragment.kind === 'groups') {
    const { keys, aggregates } = fragment.aggregation;
    const plainAggregates = aggregates.map(plainAggregate);
    return {
      kind: 'groups',
      filter,
      undecided,
      keys: keys.map(plainExpression),
      aggregates: plainAggregates,
    };
  }
  const { projection, keys: sort, limit } = fragment.order;
  return { kind: 'firstRows', filter, undecided, projection: projection.map(plainExpression), sort, limit };
}

function plainAggregate({ name, args, function: { call } }: AggregateCall): PlainAggregate {
  return { name, call, args: args.map(plainExpression) };
}

/** What `plainFragment` made, having been sent, bound again. */
export function boundFragment(plain: PlainFragment): Fragment {
  const filter = plain.filter.map(boundExpression);
  const undecided = plain.undecided.map(boundExpression);
  if (plain.kind === 'groups') {
    const { keys, aggregates } = plain;
    const aggregation: Aggregation = {
      keys: keys.map(boundExpression),
      aggregates: aggregates.map(({ name, call, args }) => ({
        name,
        args: args.map(boundExpression),
        function: bindAggregate(call),
      })),
    };
    return { kind: 'groups', filter, undecided, aggregation };
  }
  const { projection, sort: keys, limit } = plain;
  return {
    kind: 'firstRows',
    filter,
    undecided,
    order: { projection: projection.map(boundExpression), keys, limit },
  };
}

/** A copy that can be sent. */
export function plainPartial(partial: FragmentPartial): FragmentPartial {
  return mapColumns(partial, plainColumn, plainBlock);
}

/** What `plainPartial` made, having been sent. */
export function receivedPartial(partial: FragmentPartial): FragmentPartial {
  return mapColumns(partial, receivedColumn, receivedBlock);
}

function mapColumns(
  partial: FragmentPartial,
  ofColumn: (column: Column) => Column,
  ofBlock: (block: Block) => Block,
): FragmentPartial {
  if (partial.kind === 'firstRows') return { ...partial, blocks: partial.blocks.map(ofBlock) };
  const { groupCount, keys, states } = partial.groups;
  const groups = {
    groupCount,
    keys: keys.map(ofColumn),
    states: states.map((columns) => columns.map(ofColumn)),
  };
  return { kind: 'groups', groups };
}
