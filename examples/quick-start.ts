import { open } from 'winnowdb';

const db = await open('./shop-data');
const columns = 'id UInt32, buyer String, amount Decimal(12, 2)';
await db.query(`CREATE TABLE IF NOT EXISTS orders (${columns}) ENGINE = RowTable PRIMARY KEY (id)`);
await db.query('CREATE INDEX TABLE IF NOT EXISTS orders_by_buyer ON orders (buyer) LAYOUT COVERING (amount)');
const orders = db.table('orders');
await orders.put({ id: 1, buyer: 'ada', amount: '12.50' }); // on disk when the promise resolves
await orders.update({ id: 1 }, { buyer: 'grace' });
console.log(await db.query("SELECT id, amount FROM orders WHERE buyer = 'grace'")); // by the index table, and fresh
await db.close();
