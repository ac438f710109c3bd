import { join } from 'node:path';
import { summaryColumns, type OrdersEngine } from './engine.ts';
import { orderColumns, sortingKey } from './orders-file.ts';

const columns = orderColumns.map((column) => column.join(' ')).join(', ');
const oneThread = 'max_threads = 1, max_insert_threads = 1, input_format_parallel_parsing = 0';

/** ClickHouse in process: a MergeTree table with its defaults, but for syncing its parts as Winnow does. */
export async function openChdbOrders(folder: string): Promise<OrdersEngine> {
  const { default: chdb } = await import('chdb');
  const session = new chdb.Session(join(folder, 'chdb'));
  const row = (sql: string): unknown[] => JSON.parse(session.query(sql, 'JSONCompactEachRow')) as unknown[];
  session.query('CREATE DATABASE bench');
  return {
    name: 'chdb',
    version: String(row('SELECT version()')[0]),
    storage: `MergeTree ORDER BY ${sortingKey}; INSERT … SELECT from file(TabSeparated), ${oneThread}, parts are synced`,
    async createTable() {
      session.query('DROP TABLE IF EXISTS bench.orders SYNC');
      session.query(`CREATE TABLE bench.orders (${columns}) ENGINE = MergeTree ORDER BY ${sortingKey}
        SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`);
    },
    async insert(path) {
      const file = `file('${path}', 'TabSeparated', '${columns}')`;
      session.query(`INSERT INTO bench.orders SELECT * FROM ${file} SETTINGS ${oneThread}`);
    },
    summary: async () => row(`SELECT ${summaryColumns} FROM bench.orders`),
    async sizeBytes() {
      session.query('OPTIMIZE TABLE bench.orders FINAL');
      const where = "database = 'bench' AND table = 'orders' AND active";
      return Number(row(`SELECT sum(bytes_on_disk) FROM system.parts WHERE ${where}`)[0]);
    },
    close: async () => session.close(),
  };
}
