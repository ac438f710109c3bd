// decoded-rows.ts — stored rows whose columns are decoded when they are first asked for, and once.

import type { KvEntry } from '../kv/kv.ts';
import type { Change } from '../log/change.ts';
import type { Column } from '../types/column.ts';
import type { RowLayout } from './row-layout.ts';

export class DecodedRows {
  readonly rows: readonly KvEntry[];
  readonly #layout: RowLayout;
  readonly #columns: (Column | undefined)[] = [];

  constructor(layout: RowLayout, rows: readonly KvEntry[]) {
    this.#layout = layout;
    this.rows = rows;
  }

  /** Column by its position in the table. */
  column(position: number): Column {
    return (this.#columns[position] ??= this.#layout.decode(this.rows, [position]).columns[0]!);
  }

  /** Some of the rows. */
  pick(rows: ArrayLike<number>): DecodedRows {
    return new DecodedRows(
      this.#layout,
      Array.from(rows, (row) => this.rows[row]!),
    );
  }
}

/** The rows of changes before and after, so that all index tables of a table decode them once. */
export class ChangedRows {
  readonly changes: readonly Change[];
  readonly before: DecodedRows;
  readonly after: DecodedRows;

  constructor(layout: RowLayout, changes: readonly Change[]) {
    const before: KvEntry[] = [];
    const after: KvEntry[] = [];
    for (const change of changes) {
      if (change.before) before.push([change.storedKey, change.before]);
      if (change.after) after.push([change.storedKey, change.after]);
    }
    this.changes = changes;
    this.before = new DecodedRows(layout, before);
    this.after = new DecodedRows(layout, after);
  }
}
