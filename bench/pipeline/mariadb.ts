import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { OrdersEngine } from './engine.ts';
import { startMariadb } from './mariadb-server.ts';
import { orderColumns, orderIndexes } from './orders.ts';
import type { Order } from './orders.ts';

type Pool = {
  execute(sql: string, values: readonly unknown[]): Promise<[Record<string, unknown>[]]>;
  query(sql: string, values?: readonly unknown[]): Promise<[Record<string, unknown>[]]>;
  end(): Promise<void>;
};

/** As many as the benchmark has writers. */
const CONNECTIONS = 16;

const types: Readonly<Record<string, string>> = {
  order_id: 'BIGINT UNSIGNED PRIMARY KEY',
  status: 'TINYINT UNSIGNED NOT NULL',
  note: 'VARCHAR(64) NOT NULL',
};

const others = orderColumns.slice(1);
const insert = 'INSERT INTO orders VALUES ';
const orReplace = ` ON DUPLICATE KEY UPDATE ${others.map((name) => `${name} = VALUES(${name})`).join(', ')}`;
const oneRow = `${insert}(${orderColumns.map(() => '?').join(', ')})${orReplace}`;

/** MariaDB's InnoDB behind a Unix socket: one row by a prepared statement, more by one INSERT of many rows. */
export async function openMariadbOrders(folder: string): Promise<OrdersEngine> {
  const { createPool } = createRequire(resolve('bench', 'package.json'))('mysql2/promise') as {
    createPool(options: object): Pool;
  };
  const server = await startMariadb(folder);
  const connect = (database: string): Pool =>
    createPool({ socketPath: server.socket, user: 'root', database, connectionLimit: CONNECTIONS });
  const pools: Pool[] = [];
  return {
    name: 'mariadb',
    version: server.version,
    durability:
      'innodb_flush_log_at_trx_commit = 1, no binary log: fsync of the redo log, shared by waiting commits',
    async open(indexCount) {
      const name = `orders_${pools.length}`;
      const admin = connect('mysql');
      await admin.query(`CREATE DATABASE ${name}`);
      await admin.end();
      const pool = connect(name);
      pools.push(pool);
      const columns = orderColumns.map((column) => `${column} ${types[column] ?? 'INT UNSIGNED NOT NULL'}`);
      const indexes = orderIndexes
        .slice(0, indexCount)
        .map((index) => `INDEX ${index.name} (${[...index.key, ...index.covered].join(', ')})`);
      await pool.query(`CREATE TABLE orders (${[...columns, ...indexes].join(', ')}) ENGINE = InnoDB`);
      const values = (order: Order): unknown[] => orderColumns.map((column) => order[column]);
      return {
        put: (orders) =>
          again(async () => {
            if (orders.length === 1) await pool.execute(oneRow, values(orders[0]!));
            else await pool.query(`${insert}?${orReplace}`, [orders.map(values)]);
          }),
        settle: async () => undefined,
        async byBuyer(buyer) {
          return (await pool.execute('SELECT * FROM orders WHERE buyer_id = ?', [buyer]))[0];
        },
      };
    },
    outsideCpuUs: () => server.cpuUs(),
    async close() {
      for (const pool of pools) await pool.end();
      await server.stop();
    },
  };
}

/** InnoDB may end a transaction because of a deadlock; its users begin again. */
async function again(transaction: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await transaction();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ER_LOCK_DEADLOCK') throw error;
    }
  }
}
