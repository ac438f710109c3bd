import type { ReadView, TableStatus } from '../catalog/access.ts';
import type { Row, RowInput, RowTable, RowTransaction } from '../rows/row-table.ts';

/** Where statements and typed calls read and write: the newest state of the store, or an open transaction. */
export interface RowAccess {
  /** What the planner may know of a table. */
  status(tableId: number): TableStatus;
  /** Release it in `finally`. */
  readView(): ReadView;
  get(table: RowTable, key: RowInput): Row | undefined;
  /** Runs `work` (synchronous) on the rows as they are here; what it throws undoes it. Errors: as RowTable.write. */
  write<T>(
    table: RowTable,
    work: (transaction: RowTransaction) => T,
  ): Promise<{ readonly sequence: number; readonly value: T }>;
}
