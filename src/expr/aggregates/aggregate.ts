// aggregate.ts — what an aggregate function is: a result type, and states that hold one value per group.

import { WinnowError, type SourcePosition } from '../../base/errors.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { Column, FixedValues, Value } from '../../types/column.ts';
import { typeName, type DataType } from '../../types/data-type.ts';

export type AggregateFunction = {
  readonly type: DataType;
  /** Its states have `partial` and `merge`: rows may be divided among threads. */
  readonly merges?: true;
  /** What the state keeps in the kernels' memory is the workspace's. */
  createState(workspace: Workspace): AggregateState;
};

/** The running values of all groups, numbered from 0. */
export interface AggregateState {
  /** Rows of the group `noGroup` (aggregate-kernels.ts) are left out; a state without this is never given any. */
  readonly leavesOut?: true;
  /** Arguments may be laid out as dictionaries, unless they have NULLs. */
  readonly takesDictionaries?: true;
  /** Takes rows in; `groups` gives each row's group, undefined puts all in group 0. Every group is below `groupCount`. */
  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void;
  /** One row per group; groups that no row fell into have the value of no rows. Valid until the workspace is closed. */
  finish(groupCount: number): Column;
  /** What `finish` computes its column from, for `merge` of another state of the same function. */
  partial?(groupCount: number): readonly Column[];
  /** Takes in what another state gave; `groups` has the group here of every group there. */
  merge?(partial: readonly Column[], groups: Uint32Array, groupCount: number): void;
  /** Memory in use outside of the workspace, roughly. */
  sizeBytes(): number;
}

export type AggregateCall = {
  readonly name: string;
  readonly parameters: readonly Value[];
  readonly argTypes: readonly DataType[];
  readonly distinct: boolean;
  readonly position: SourcePosition;
};

/** An entry of the table of aggregate functions. Its states never see NULL: combinators take these rows out before. */
export type AggregateEntry = {
  readonly names: readonly string[];
  readonly anyCase?: true;
  readonly arity: readonly [min: number, max: number];
  /** How many parameters it takes, `quantile(0.9)(x)`; none when left out. */
  readonly parameters?: readonly [min: number, max: number];
  /** Never NULL, also over Nullable arguments: counts. */
  readonly neverNull?: true;
  bind(call: AggregateCall): AggregateFunction;
};

export function illegalAggregate(call: AggregateCall, expected: string): WinnowError {
  const types = call.argTypes.map(typeName).join(', ');
  return new WinnowError(
    'ILLEGAL_TYPE_OF_ARGUMENT',
    `aggregate function ${call.name} does not take (${types})`,
    {
      position: call.position,
      hint: `it takes ${expected}`,
    },
  );
}

/** A parameter that is a number as wanted. Errors: BAD_ARGUMENTS. */
export function checkedParameter(
  call: AggregateCall,
  index: number,
  isWanted: (value: number) => boolean,
  wanted: string,
): number {
  const given = call.parameters[index];
  const value = typeof given === 'bigint' ? Number(given) : given;
  if (typeof value === 'number' && isWanted(value)) return value;
  const message = `a parameter of aggregate function ${call.name} must be ${wanted}`;
  throw new WinnowError('BAD_ARGUMENTS', message, { position: call.position });
}

/** `values`, or a copy with room for at least `length` entries: doubles, so that growing costs little per group. */
export function grown<T extends FixedValues>(values: T, length: number): T {
  if (length <= values.length) return values;
  const larger = new (values.constructor as new (length: number) => T)(Math.max(length, values.length * 2));
  larger.set(values as never);
  return larger;
}
