import { join } from 'node:path';
import { loadSqlite } from '../engines/sqlite.ts';
import type { Sqlite } from '../engines/sqlite.ts';
import type { OrdersEngine } from './engine.ts';
import { orderColumns, orderIndexes } from './orders.ts';

const types: Readonly<Record<string, string>> = { order_id: 'INTEGER PRIMARY KEY', note: 'TEXT NOT NULL' };

/** SQLite through better-sqlite3: prepared statements, one connection per store. */
export async function openSqliteOrders(folder: string): Promise<OrdersEngine> {
  const { version, openFile } = loadSqlite();
  const databases: Sqlite[] = [];
  return {
    name: 'better-sqlite3',
    version,
    durability: 'WAL, synchronous = FULL: one fsync per transaction',
    async open(indexCount) {
      const database = openFile(join(folder, `${databases.length}.sqlite`));
      databases.push(database);
      const columns = orderColumns.map((name) => `${name} ${types[name] ?? 'INTEGER NOT NULL'}`);
      database.exec(`CREATE TABLE orders (${columns.join(', ')}) STRICT`);
      for (const { name, key, covered } of orderIndexes.slice(0, indexCount))
        database.exec(`CREATE INDEX ${name} ON orders (${[...key, ...covered].join(', ')})`);
      const others = orderColumns.slice(1);
      const put = database.prepare(
        `INSERT INTO orders VALUES (${orderColumns.map(() => '?').join(', ')})` +
          ` ON CONFLICT (order_id) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`,
      );
      const byBuyer = database.prepare('SELECT * FROM orders WHERE buyer_id = ?');
      return {
        async put(orders) {
          if (orders.length > 1) database.exec('BEGIN');
          for (const order of orders) put.run(...orderColumns.map((name) => order[name]));
          if (orders.length > 1) database.exec('COMMIT');
        },
        settle: async () => undefined,
        byBuyer: async (buyer) => byBuyer.all(buyer) as Record<string, unknown>[],
      };
    },
    outsideCpuUs: () => 0,
    async close() {
      for (const database of databases) database.close();
    },
  };
}
