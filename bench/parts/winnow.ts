import { readFile } from 'node:fs/promises';
import { rowsOf } from '../../src/engine/answers.ts';
import { open } from '../../src/index.ts';
import { summaryColumns, type OrdersEngine } from './engine.ts';
import { orderColumns, sortingKey } from './orders-file.ts';

/** Winnow, in process: a MergeTree table with its defaults. */
export async function openWinnowOrders(folder: string): Promise<OrdersEngine> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const database = await open(folder);
  const row = async (sql: string): Promise<unknown[]> => {
    const { columns, blocks } = await database.execute(sql);
    for await (const block of blocks) for (const found of rowsOf(columns, block)) return Object.values(found);
    return [];
  };
  return {
    name: 'winnow',
    version,
    storage: `MergeTree ORDER BY ${sortingKey}; INSERT … FORMAT TabSeparated with the file's bytes; parts are synced`,
    async createTable() {
      await database.query('DROP TABLE IF EXISTS orders');
      const columns = orderColumns.map((column) => column.join(' ')).join(', ');
      await database.query(`CREATE TABLE orders (${columns}) ENGINE = MergeTree ORDER BY ${sortingKey}`);
    },
    async insert(path) {
      await database.query('INSERT INTO orders FORMAT TabSeparated', { data: await readFile(path) });
    },
    summary: () => row(`SELECT ${summaryColumns} FROM orders`),
    async sizeBytes() {
      await database.query('OPTIMIZE TABLE orders FINAL');
      return Number((await row("SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'orders'"))[0]);
    },
    close: () => database.close(),
  };
}
