// off-shelf.ts — an item is taken off the shelf, and the very next query must not show it, however far the indexes lag.
// `npm run example:off-shelf -- --probes 20000`; the shop with its writers and stalled lanes is off-shelf-shop.ts.
import { type Item, openShop, type Run } from './off-shelf-shop.ts';

const shop = await openShop();

/** The page of the item's shelf through one index table, and whether the item still stands on it. */
async function page(path: string, { id, shelf }: Item, freshness: string) {
  const sql = `SELECT id, price, title FROM items USE INDEX (${path}) WHERE shelf = {shelf:UInt16} ORDER BY price`;
  const answer = await shop.db.execute(sql, { parameters: { shelf }, settings: { freshness } });
  const isStale = (await answer.rows<Item>()).some((row) => row.id === id);
  return { isStale, ...answer.freshness()! };
}

async function probe(run: Run, path: string): Promise<void> {
  const item = shop.choose();
  await shop.items.update({ id: item.id }, { shelf: 0 }); // taken down when it resolves
  const startMs = performance.now();
  const { isStale, accessPath, tailRowsOverlaid } = await page(path, item, 'strong');
  run.readMs.push(performance.now() - startMs);
  if (isStale) run.stale++;
  if (accessPath === `default.${path}`) run.byIndex++;
  run.overlaidRows += tailRowsOverlaid;
  if (run.probes % 50 < 4) {
    // The same question without the tail shows what there was to be laid over.
    const asApplied = await page(path, item, 'eventual');
    if (asApplied.isStale) run.staleEventual++;
    run.lagMs.push(asApplied.ageMs);
  }
  shop.putBack(item);
}

process.exitCode = (await shop.run(probe)) ? 0 : 1;
