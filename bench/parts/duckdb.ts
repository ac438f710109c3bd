import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDuckdbFile } from '../engines/duckdb-file.ts';
import { summaryColumns, type OrdersEngine } from './engine.ts';

const columns =
  'id UBIGINT NOT NULL, created TIMESTAMP NOT NULL, day DATE NOT NULL, price DECIMAL(10, 2) NOT NULL,' +
  ' quantity USMALLINT NOT NULL, country VARCHAR NOT NULL, status VARCHAR NOT NULL, comment VARCHAR NOT NULL';

/** DuckDB in process: a native table, which it does not sort. */
export async function openDuckdbOrders(folder: string): Promise<OrdersEngine> {
  const path = join(folder, 'orders.duckdb');
  const { version, connection, close } = await openDuckdbFile(path);
  await connection.run('SET threads = 1');
  return {
    name: 'duckdb',
    version,
    storage: 'native table, in the order of the file; COPY from it on one thread, then CHECKPOINT',
    async createTable() {
      await connection.run('DROP TABLE IF EXISTS orders');
      await connection.run(`CREATE TABLE orders (${columns})`);
    },
    async insert(file) {
      await connection.run(
        `COPY orders FROM '${file}' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '')`,
      );
      await connection.run('CHECKPOINT');
    },
    summary: async () =>
      (await connection.runAndReadAll(`SELECT ${summaryColumns} FROM orders`)).getRowsJS()[0]!,
    sizeBytes: async () => (await stat(path)).size,
    close,
  };
}
