// aggregate.ts — GROUP BY and aggregate functions.

import type { AggregateState } from '../expr/aggregates.ts';
import type { Expression } from '../expr/expression.ts';
import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { Workspace } from '../kernels/workspace.ts';
import type { Aggregation } from '../plan/plan.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { isNullable } from '../types/data-type.ts';
import { expandCodes } from '../types/gather.ts';
import { ComputedColumn } from './computed-column.ts';
import type { ExecContext } from './context.ts';
import type { MemoryAccount } from './memory-tracker.ts';

/** One row per group: keys, then aggregates. Without keys there is one group, also of no rows. */
export async function* aggregateRows(
  input: AsyncIterable<Block>,
  aggregation: Aggregation,
  context: ExecContext,
): AsyncGenerator<Block> {
  const aggregator = new Aggregator(aggregation, context.memory.account());
  try {
    for await (const block of input) aggregator.consume(block);
    yield* slices(aggregator.finish(), context.maxBlockRows);
  } finally {
    aggregator.close();
  }
}

/** Arguments of an aggregate in rows that stand for others; none when only their number matters. */
export type KnownRows = { readonly args: readonly Column[]; readonly rowCount: number };

/** Groups of some rows: their keys, one row each, and what each aggregate's state holds. */
export type AggregatePartial = {
  readonly groupCount: number;
  readonly keys: readonly Column[];
  readonly states: readonly (readonly Column[])[];
};

/** The groups of some rows, and the states of their aggregates. */
export class Aggregator {
  readonly #account: MemoryAccount;
  readonly #workspace: Workspace;
  readonly #groups: GroupNumbers | undefined;
  readonly #keys: readonly ComputedColumn[];
  readonly #args: readonly (readonly ComputedColumn[])[];
  readonly #states: readonly AggregateState[];
  #workspaceBytes = 0;

  constructor(aggregation: Aggregation, account: MemoryAccount) {
    const { keys, aggregates } = aggregation;
    this.#account = account;
    this.#workspace = new Workspace((bytes) => this.#setWorkspaceBytes(bytes));
    const types = keys.map(({ type }) => type);
    this.#groups = types.length > 0 ? new GroupNumbers(types, this.#workspace) : undefined;
    const computed = (e: Expression): ComputedColumn => new ComputedColumn(e, this.#workspace);
    this.#keys = keys.map(computed);
    this.#args = aggregates.map(({ args }) => args.map(computed));
    this.#states = aggregates.map((call) => call.function.createState(this.#workspace));
  }

  get #groupCount(): number {
    return this.#groups ? this.#groups.count : 1;
  }

  consume(block: Block): void {
    this.#workspace.scratch.rewind();
    const keys = this.#keys.map((key) => key.of(block));
    const groups = this.#groups?.assign(keys, block.rowCount).groups;
    this.#states.forEach((state, i) => {
      const args = this.#args[i]!.map((arg) => this.#argument(arg.of(block), state));
      state.update(args, groups, this.#groupCount, block.rowCount);
    });
    this.#setAccount(0);
  }

  /** Takes in rows of which only what stands for them is known: per aggregate so many rows of its arguments. Without keys. */
  consumeKnown(known: readonly KnownRows[]): void {
    this.#workspace.scratch.rewind();
    this.#states.forEach((state, i) => {
      const { args, rowCount } = known[i]!;
      state.update(args, undefined, this.#groupCount, rowCount);
    });
    this.#setAccount(0);
  }

  #argument(column: Column, { takesDictionaries }: AggregateState): Column {
    const mayStay = takesDictionaries && !isNullable(column.type);
    return mayStay ? column : expandCodes(column, this.#workspace.scratch);
  }

  /** What it has consumed, for another to merge; its aggregates can be merged. Valid until the next call. */
  partial(): AggregatePartial {
    const { scratch } = this.#workspace;
    scratch.rewind();
    const groupCount = this.#groupCount;
    const keys = this.#groups?.values(scratch) ?? [];
    return { groupCount, keys, states: this.#states.map((state) => state.partial!(groupCount)) };
  }

  merge({ groupCount, keys, states }: AggregatePartial): void {
    const { scratch } = this.#workspace;
    scratch.rewind();
    const groups = this.#groups ? this.#groups.assign(keys, groupCount).groups : scratch.u32(1).fill(0);
    this.#states.forEach((state, i) => state.merge!(states[i]!, groups, this.#groupCount));
    this.#setAccount(0);
  }

  /** Valid until `close`; nothing is consumed any more. */
  finish(): Block {
    const { scratch } = this.#workspace;
    scratch.rewind();
    const rowCount = this.#groupCount;
    const keys = this.#groups?.values(scratch) ?? [];
    return { rowCount, columns: [...keys, ...this.#states.map((state) => state.finish(rowCount))] };
  }

  close(): void {
    this.#workspace.close();
    this.#account.close();
  }

  #setWorkspaceBytes(change: number): void {
    this.#setAccount(change);
    this.#workspaceBytes += change;
  }

  #setAccount(change: number): void {
    const states = this.#states?.reduce((total, state) => total + state.sizeBytes(), 0) ?? 0;
    this.#account.set(this.#workspaceBytes + change + states);
  }
}

/** The block in pieces of at most `maxRows`. */
export function* slices(block: Block, maxRows: number): Generator<Block> {
  for (let start = 0; start < block.rowCount; start += maxRows) {
    yield sliceBlock(block, start, Math.min(start + maxRows, block.rowCount));
  }
}
