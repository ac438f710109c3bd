// fragment.ts — the part of a plan that threads can share: filter and aggregation, or filter and the first rows in an order.
//
// Each thread runs the fragment over blocks of its own; what it holds at the end goes to one of them as plain data, and
// that one merges. Blocks may be divided in any way: nothing depends on it but what depends on the order of rows, as do
// sums of floats, `any`, and which of rows that compare equal come first.

import { assert } from '../base/assert.ts';
import type { Expression } from '../expr/expression.ts';
import type { Aggregation, SelectPlan } from '../plan/plan.ts';
import type { Block } from '../types/column.ts';
import { Aggregator, slices, type AggregatePartial, type KnownRows } from './aggregate.ts';
import { Filter } from './filter.ts';
import type { MemoryTracker } from './memory-tracker.ts';
import { Sorter, type Order } from './sort.ts';

export type Fragment = {
  readonly filter: readonly Expression[];
  /** Before the filter, for rows of which bitmaps do not decide what they may. */
  readonly undecided: readonly Expression[];
} & (
  | { readonly kind: 'groups'; readonly aggregation: Aggregation }
  | { readonly kind: 'firstRows'; readonly order: Order }
);

/** What a run of a fragment holds; valid until that run goes on or is closed. */
export type FragmentPartial =
  | { readonly kind: 'groups'; readonly groups: AggregatePartial }
  | { readonly kind: 'firstRows'; readonly blocks: readonly Block[] };

/** What threads can share of the plan; undefined when the rows have to pass one thread. */
export function fragmentOf(plan: SelectPlan): Fragment | undefined {
  const { source, filter, aggregation, projection, sort, limit } = plan;
  const undecided = (source.kind === 'table' && source.access.parts?.bitmaps?.undecided) || [];
  if (aggregation) {
    const merges = aggregation.aggregates.every((call) => call.function.merges);
    return merges ? { kind: 'groups', filter, undecided, aggregation } : undefined;
  }
  if (plan.distinct || sort.length === 0 || limit.count === undefined) return undefined;
  return {
    kind: 'firstRows',
    filter,
    undecided,
    order: { projection, keys: sort, limit: limit.count + limit.offset },
  };
}

export class FragmentRun {
  readonly #filter: Filter;
  readonly #undecided: Filter;
  readonly #end: Aggregator | Sorter;
  #rowsFiltered = 0;
  #rowsKept = 0;

  constructor(fragment: Fragment, memory: MemoryTracker) {
    this.#filter = new Filter(fragment.filter, (bytes) => memory.add(bytes));
    this.#undecided = new Filter(fragment.undecided, (bytes) => memory.add(bytes));
    this.#end =
      fragment.kind === 'groups'
        ? new Aggregator(fragment.aggregation, memory.account())
        : new Sorter(fragment.order, memory);
  }

  /** Rows that the filter was asked about, and rows it kept. */
  get counts(): { readonly rowsFiltered: number; readonly rowsKept: number } {
    return { rowsFiltered: this.#rowsFiltered, rowsKept: this.#rowsKept };
  }

  /** The block is not kept. `isDecided`: nothing of `undecided` is left to ask. */
  consume(block: Block, isDecided: boolean): void {
    const rows = this.#filter.apply(isDecided ? block : this.#undecided.apply(block));
    this.#rowsFiltered += block.rowCount;
    this.#rowsKept += rows.rowCount;
    if (rows.rowCount > 0) this.#end.consume(rows);
  }

  /** Of groups without keys: rows of which only what stands for them is known. */
  consumeKnown(known: readonly KnownRows[]): void {
    assert(this.#end instanceof Aggregator, 'only aggregates are known without rows');
    this.#end.consumeKnown(known);
  }

  partial(): FragmentPartial {
    return this.#end instanceof Aggregator
      ? { kind: 'groups', groups: this.#end.partial() }
      : { kind: 'firstRows', blocks: this.#end.partial() };
  }

  /** Takes in what another run of the same fragment holds. */
  merge(partial: FragmentPartial): void {
    if (this.#end instanceof Aggregator) {
      assert(partial.kind === 'groups', 'partial results come from the same fragment');
      this.#end.merge(partial.groups);
    } else {
      assert(partial.kind === 'firstRows', 'partial results come from the same fragment');
      this.#end.merge(partial.blocks);
    }
  }

  /** The groups, or the projected rows in order; blocks are lent until the next one is asked for. Nothing is consumed any more. */
  *finish(maxBlockRows: number): Generator<Block> {
    if (this.#end instanceof Aggregator) yield* slices(this.#end.finish(), maxBlockRows);
    else yield* this.#end.finish(maxBlockRows);
  }

  close(): void {
    this.#filter.close();
    this.#undecided.close();
    this.#end.close();
  }
}
