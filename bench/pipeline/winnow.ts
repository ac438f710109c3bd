import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from '../../src/index.ts';
import type { Database } from '../../src/index.ts';
import type { OrdersEngine } from './engine.ts';
import { createIndexTableSql, createTableSql, orderIndexes } from './orders.ts';
import type { Order } from './orders.ts';

/** Winnow, in process, with its default settings: writes by the typed API, reads by SQL. */
export async function openWinnowOrders(folder: string): Promise<OrdersEngine> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const databases: Database[] = [];
  return {
    name: 'winnow',
    version,
    durability: 'fsync of the log before the acknowledgement, shared by writers that wait at the same time',
    async open(indexCount) {
      const database = await open(join(folder, String(databases.length)));
      databases.push(database);
      await database.query(createTableSql);
      for (const index of orderIndexes.slice(0, indexCount)) await database.query(createIndexTableSql(index));
      const orders = database.table<Order>('orders');
      return {
        put: async (rows) => void (await orders.putMany(rows)),
        settle: () => database.drain(),
        byBuyer: (buyer) =>
          database.query<Record<string, unknown>>(
            `SELECT * FROM orders ${indexCount > 0 ? 'USE INDEX (by_buyer)' : ''} WHERE buyer_id = {buyer:UInt32}`,
            { parameters: { buyer } },
          ),
      };
    },
    outsideCpuUs: () => 0,
    async close() {
      for (const database of databases) await database.close();
    },
  };
}
