/** One engine with a table of orders (orders-file.ts). */
export type OrdersEngine = {
  readonly name: string;
  readonly version: string;
  /** How the table is stored and filled. */
  readonly storage: string;
  /** An empty table, in place of the one before. */
  createTable(): Promise<void>;
  /** All rows of a tab-separated file, on one thread; durable when it resolves. */
  insert(path: string): Promise<void>;
  /** One row: figures of all columns. */
  summary(): Promise<readonly unknown[]>;
  /** What the rows take on disk after everything is merged. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
};

export type OpenOrdersEngine = (folder: string) => Promise<OrdersEngine>;

/** What `summary` asks. */
export const summaryColumns = [
  'count(*)',
  'sum(id)',
  'min(created)',
  'max(day)',
  'sum(price)',
  'sum(quantity)',
  'count(DISTINCT country)',
  'count(DISTINCT status)',
  'sum(length(comment))',
].join(', ');
