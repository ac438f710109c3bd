// orders.ts — what the pipeline's benchmark writes: orders, and the secondary indexes that every engine keeps of them.

import { createRandom } from '../../demo/flights/random.ts';
import type { Block, Column } from '../../src/types/column.ts';
import { columnOf } from '../../src/types/value.ts';

/** `amount` is in cents, `created_at` in seconds since 1970. */
export type Order = {
  readonly order_id: number;
  readonly buyer_id: number;
  readonly seller_id: number;
  readonly status: number;
  readonly amount: number;
  readonly created_at: number;
  readonly note: string;
};

export const orderColumns = [
  'order_id',
  'buyer_id',
  'seller_id',
  'status',
  'amount',
  'created_at',
  'note',
] as const satisfies readonly (keyof Order)[];

/** An index on `key`, which an engine that can also lets hold `covered`. */
export type OrderIndex = {
  readonly name: string;
  readonly key: readonly (keyof Order)[];
  readonly covered: readonly (keyof Order)[];
};

/** In the order in which the benchmark of writes adds them. */
export const orderIndexes: readonly OrderIndex[] = [
  { name: 'by_buyer', key: ['buyer_id', 'created_at'], covered: [] },
  { name: 'by_seller', key: ['seller_id', 'status'], covered: ['amount', 'created_at'] },
  { name: 'by_time', key: ['created_at'], covered: [] },
  { name: 'by_amount', key: ['amount', 'status'], covered: [] },
];

const BUYERS = 20_000;
const SELLERS = 2_000;
const NOTE = 'left at the door, neighbour signed';

export type Orders = {
  /** Orders that are not there yet. */
  added(count: number): Order[];
  /** New rows of `count` different orders that were added: most of their index entries move. */
  changed(count: number): Order[];
  /** As many added as changed ones, and no order twice: transactions may commit in any order. */
  mixed(count: number): Order[];
  /** Ids of `count` orders that were added; they will not be named again. */
  removed(count: number): number[];
};

/** The same orders for the same seed. */
export function createOrders(seed: number): Orders {
  const random = createRandom(seed);
  let next = 0;
  let first = 0;
  const order = (orderId: number): Order => ({
    order_id: orderId,
    buyer_id: random.below(BUYERS),
    seller_id: random.below(SELLERS),
    status: random.below(5),
    amount: random.below(1_000_000),
    created_at: 1_700_000_000 + random.below(10_000_000),
    note: NOTE.slice(0, 8 + random.below(NOTE.length - 8)),
  });
  const differentIds = (count: number): number[] => {
    const ids = new Set<number>();
    while (ids.size < count) ids.add(first + random.below(next - first));
    return [...ids];
  };
  const list = <T>(count: number, make: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const added = (count: number): Order[] => list(count, () => order(next++));
  const changed = (count: number): Order[] => differentIds(count).map(order);
  return {
    added,
    changed,
    mixed(count) {
      const others = changed(count / 2);
      return added(count / 2).flatMap((one, i) => [one, others[i]!]);
    },
    removed: (count) => list(count, () => first++),
  };
}

export const createTableSql = `
  CREATE TABLE orders (
    order_id UInt64, buyer_id UInt32, seller_id UInt32, status UInt8, amount UInt32, created_at UInt32, note String
  ) ENGINE = RowTable PRIMARY KEY (order_id) SHARD BY hash(order_id) INTO 8`;

export function createIndexTableSql({ name, key, covered }: OrderIndex, lanes = 1): string {
  const layout = covered.length > 0 ? `COVERING (${covered.join(', ')})` : 'KEYS';
  return (
    `CREATE INDEX TABLE ${name} ON orders (${key.join(', ')}) SHARD BY hash(${key[0]}) INTO 8` +
    ` LAYOUT ${layout} SETTINGS lanes = ${lanes}`
  );
}

const types = ['UInt64', 'UInt32', 'UInt32', 'UInt8', 'UInt32', 'UInt32', 'String'] as const;

/** The orders as a block of the table: what bulk writers hand in. */
export function orderBlock(orders: readonly Order[]): Block {
  const columns = orderColumns.map((name, i): Column =>
    columnOf(
      { kind: types[i]! },
      orders.map((order) => order[name]),
    ),
  );
  return { rowCount: orders.length, columns };
}

/** One text per order, the same from whatever engine. */
export function orderText(order: Readonly<Record<string, unknown>>): string {
  return orderColumns.map((name) => String(order[name])).join('\t');
}

export function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** Hands the batches to `writers` writers at a time, in order. */
export async function writeAll<T>(
  batches: readonly T[],
  writers: number,
  write: (batch: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < batches.length) await write(batches[next++]!);
  };
  await Promise.all(Array.from({ length: writers }, writer));
}
