// parts-stores.ts — stores whose table has a partition for each row, so that its parts are never merged.

import { join } from 'node:path';
import { open } from '../../src/index.ts';
import { orderColumns } from './orders-file.ts';

export type PartsStore = keyof typeof partsStores;

const columns = orderColumns.map((column) => column.join(' ')).join(', ');
const tableSql = `(${columns}) ENGINE = MergeTree PARTITION BY id ORDER BY (country, created)`;
const rowsSql = (count: number): string =>
  `SELECT number, toDateTime('2024-01-01 00:00:00') + number, toDate('2024-01-01'), number / 100, number % 20, 'DE', 'new', 'by hand' FROM numbers(${count})`;

/** Each makes the store, or opens it and counts the rows; `load` comes before, and is not measured. */
export const partsStores = {
  winnow: {
    load: async (): Promise<void> => {},
    async make(folder: string, partCount: number): Promise<void> {
      const database = await open(folder);
      await database.query(`CREATE TABLE orders ${tableSql}`);
      await database.query(
        `INSERT INTO orders SETTINGS max_partitions_per_insert_block = 0 ${rowsSql(partCount)}`,
      );
      await database.close();
    },
    async count(folder: string): Promise<number> {
      const database = await open(folder);
      const [row] = await database.query<{ n: bigint }>('SELECT count() AS n FROM orders');
      return Number(row!.n);
    },
  },
  chdb: {
    load: async (): Promise<unknown> => import('chdb'),
    async make(folder: string, partCount: number): Promise<void> {
      const { default: chdb } = await import('chdb');
      const session = new chdb.Session(join(folder, 'chdb'));
      session.query('CREATE DATABASE bench');
      session.query(`CREATE TABLE bench.orders ${tableSql}`);
      session.query(
        `INSERT INTO bench.orders ${rowsSql(partCount)} SETTINGS max_partitions_per_insert_block = 0`,
      );
      session.close();
    },
    async count(folder: string): Promise<number> {
      const { default: chdb } = await import('chdb');
      const session = new chdb.Session(join(folder, 'chdb'));
      return Number(session.query('SELECT count() FROM bench.orders', 'TabSeparated'));
    },
  },
};
