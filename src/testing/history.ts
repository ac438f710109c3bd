// history.ts — what the row tables must hold after every sequence, from what their writers did.
//
// Transactions note their writes while they are evaluated, which happens in sequence order; which of them a crash
// took away is known when the store is opened again, by its head.

import { assert } from '../base/assert.ts';
import type { Sequence } from '../log/change.ts';

/** The model of a row: all but `id` are indexed somewhere and may change. */
export type ModelRow = {
  readonly id: number;
  readonly a: number;
  readonly b: string | null;
  readonly n: number;
};

/** Rows of one table by id; undefined = deleted. */
export type RowWrites = ReadonlyMap<number, ModelRow | undefined>;

type Version = { readonly sequence: Sequence; readonly row: ModelRow | undefined };

export class History {
  /** Rising. */
  #sequences: Sequence[] = [];
  /** By table and id: versions, oldest first. */
  readonly #tables = new Map<string, Map<number, Version[]>>();
  #acknowledged: Sequence = 0;

  get acknowledged(): Sequence {
    return this.#acknowledged;
  }

  get newestSequence(): Sequence {
    return this.#sequences.at(-1) ?? 0;
  }

  /** The writes of one transaction, by table; `sequence` is above all earlier ones. */
  attempt(sequence: Sequence, writes: ReadonlyMap<string, RowWrites>): void {
    assert(sequence > this.newestSequence, 'transactions are evaluated in sequence order');
    this.#sequences.push(sequence);
    for (const [table, rows] of writes) {
      for (const [id, row] of rows) this.#versionsOf(table, id).push({ sequence, row });
    }
  }

  acknowledge(sequence: Sequence): void {
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
  }

  /** The store came back with this head: later attempts never happened. Throws when one of them was acknowledged. */
  recover(head: Sequence): void {
    if (this.#acknowledged > head)
      throw new Error(`acknowledged commit ${this.#acknowledged} is lost: the head is ${head}`);
    const happened = ({ sequence }: Version): boolean => sequence <= head;
    this.#sequences = this.#sequences.filter((sequence) => sequence <= head);
    for (const rows of this.#tables.values()) {
      for (const [id, versions] of rows) rows.set(id, versions.filter(happened));
    }
  }

  /** Sequences of transactions above `after` and up to `last`. */
  between(after: Sequence, last: Sequence): Sequence[] {
    return this.#sequences.filter((sequence) => sequence > after && sequence <= last);
  }

  /** The newest state of a row, by commits that may still be on their way. */
  newest(table: string, id: number): ModelRow | undefined {
    return this.#versionsOf(table, id).at(-1)?.row;
  }

  newestRows(table: string): ModelRow[] {
    return this.at(table, Number.POSITIVE_INFINITY);
  }

  /** All rows of a table as they were after `sequence`. */
  at(table: string, sequence: Sequence): ModelRow[] {
    const rows: ModelRow[] = [];
    for (const versions of this.#tables.get(table)?.values() ?? []) {
      const row = versions.findLast((version) => version.sequence <= sequence)?.row;
      if (row) rows.push(row);
    }
    return rows;
  }

  #versionsOf(table: string, id: number): Version[] {
    let rows = this.#tables.get(table);
    if (!rows) this.#tables.set(table, (rows = new Map()));
    let versions = rows.get(id);
    if (!versions) rows.set(id, (versions = []));
    return versions;
  }
}
