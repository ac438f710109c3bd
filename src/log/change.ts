// change.ts — a change of one row, as everything downstream sees it.

/** The store's commit sequence: strictly rising, holes allowed. 0 is before the first commit. */
export type Sequence = number;

/**
 * One row before and after a transaction.
 * `storedKey`: where the row lies (log/keyspace.ts). `before`, `after`: row images (rows/row-layout.ts); undefined = no row.
 */
export type Change = {
  readonly shard: number;
  readonly storedKey: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
};
