// history.ts — what a row table must hold after every sequence, from what its writers did.
//
// Transactions note their writes while they are evaluated, which happens in sequence order; which of them a crash
// took away is known when the store is opened again, by its head.

import { assert } from '../base/assert.ts';
import type { Sequence } from '../log/change.ts';

/** The model of a row: `a` and `b` are indexed and may change. */
export type ModelRow = {
  readonly id: number;
  readonly a: number;
  readonly b: string | null;
  readonly n: number;
};

type Step = { readonly sequence: Sequence; readonly writes: ReadonlyMap<number, ModelRow | undefined> };

export class History {
  #steps: Step[] = [];
  #acknowledged: Sequence = 0;

  get acknowledged(): Sequence {
    return this.#acknowledged;
  }

  /** `sequence` is above all earlier ones. */
  attempt(sequence: Sequence, writes: ReadonlyMap<number, ModelRow | undefined>): void {
    assert(sequence > (this.#steps.at(-1)?.sequence ?? 0), 'transactions are evaluated in sequence order');
    this.#steps.push({ sequence, writes });
  }

  acknowledge(sequence: Sequence): void {
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
  }

  /** The store came back with this head: later attempts never happened. Throws when one of them was acknowledged. */
  recover(head: Sequence): void {
    if (this.#acknowledged > head)
      throw new Error(`acknowledged commit ${this.#acknowledged} is lost: the head is ${head}`);
    this.#steps = this.#steps.filter((step) => step.sequence <= head);
  }

  /** The newest state, with commits that are still on their way. */
  newest(): Map<number, ModelRow> {
    return this.at(Number.POSITIVE_INFINITY);
  }

  /** Rows by id after `sequence`. */
  at(sequence: Sequence): Map<number, ModelRow> {
    const rows = new Map<number, ModelRow>();
    for (const step of this.#steps) {
      if (step.sequence > sequence) break;
      for (const [id, row] of step.writes) {
        if (row) rows.set(id, row);
        else rows.delete(id);
      }
    }
    return rows;
  }
}
