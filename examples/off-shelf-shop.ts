// off-shelf-shop.ts — the shop of off-shelf.ts: items in four index tables, writers, lanes that are stalled on purpose.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Database, open, type Table } from 'winnowdb';

export type Item = { id: number; price: number; category: number; shelf: number; title: string };

/** What the probes of one kind met. */
export type Run = {
  probes: number;
  stale: number;
  /** Answers whose access path was the index table. */
  byIndex: number;
  overlaidRows: number;
  readMs: number[];
  staleEventual: number;
  lagMs: number[];
};

type Probe = (run: Run, path: string) => Promise<void>;

export type Shop = {
  readonly db: Database;
  readonly items: Table<Item>;
  /** An item on a shelf, which nobody else touches until it is put back. */
  choose(): Item;
  putBack(item: Item): void;
  /** Probes as often as `--probes` says, prints one line of JSON, and is true when all is as it should be. */
  run(probe: Probe): Promise<boolean>;
};

const ITEMS = 20_000;
const SHELVES = 4000;
const SHOPPERS = 8;
const WRITERS = 4;
const MAX_STALL_MS = 5000;
const IDLE_MS = 300;
const CATCH_UP_MS = 300;
const paths = ['by_keys', 'by_covering', 'by_split', 'by_columns'];
const tables = [
  'CREATE TABLE items (id UInt32, price UInt32, category UInt8, shelf UInt16, title String) ENGINE = RowTable PRIMARY KEY (id)',
  'CREATE INDEX TABLE by_keys ON items (shelf, price) LAYOUT KEYS',
  'CREATE INDEX TABLE by_covering ON items (shelf, price) LAYOUT COVERING (title)',
  'CREATE INDEX TABLE by_split ON items (shelf, price) LAYOUT SPLIT (title, category)',
  'CREATE INDEX TABLE by_columns ON items LAYOUT COLUMNAR (title, category) SHARD BY hash(shelf) INTO 4 ORDER BY (shelf, price)',
];

const random = (below: number): number => Math.floor(Math.random() * below);
const newPlace = () => ({ shelf: 1 + random(SHELVES), price: random(10_000) });

export async function openShop(): Promise<Shop> {
  const { values } = parseArgs({ options: { probes: { type: 'string', default: '20000' } } });
  const folder = mkdtempSync(join(tmpdir(), 'winnow-off-shelf-'));
  const db = await open(folder);
  for (const sql of tables) await db.query(sql);
  const items = db.table<Item>('items');
  const shown = Array.from({ length: ITEMS }, (_, id): Item => {
    return { id, category: id % 9, title: `item ${id}`, ...newPlace() };
  });
  const down: Item[] = [];
  await items.putMany(shown);

  let isOpen = true;
  /** A writer: puts what was taken down on other shelves, a few items in each transaction. */
  async function restock(): Promise<void> {
    while (isOpen) {
      const batch = down.splice(0, 8).map((item) => ({ ...item, ...newPlace() }));
      if (batch.length > 0) await items.putMany(batch);
      else await sleep(1);
      shown.push(...batch);
    }
  }

  /** Shoppers probe side by side, each through the index tables in turn. */
  async function shopFor(
    ms: number,
    probe: Probe,
    run: Run,
    probes = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const endMs = performance.now() + ms;
    const shopper = async (): Promise<void> => {
      while (run.probes < probes && performance.now() < endMs)
        await probe(run, paths[run.probes++ % paths.length]!);
    };
    await Promise.all(Array.from({ length: SHOPPERS }, shopper));
  }

  async function run(probe: Probe): Promise<boolean> {
    const probes = Number(values.probes);
    const [warmUp, idle, stalled, after] = [newRun(), newRun(), newRun(), newRun()];
    const writers = Array.from({ length: WRITERS }, restock);
    await shopFor(1000, probe, warmUp);
    while (stalled.probes + after.probes < probes) {
      // The same shoppers and writers, with lanes that keep up: what the reads are compared with.
      await db.drain();
      await shopFor(IDLE_MS, probe, idle);
      await db.query('SYSTEM STOP LANES');
      await shopFor(random(MAX_STALL_MS), probe, stalled, probes - after.probes);
      await db.query('SYSTEM START LANES');
      // They catch up, on the thread that answers.
      await shopFor(CATCH_UP_MS, probe, after, probes - stalled.probes);
    }
    isOpen = false;
    await Promise.all(writers);
    await db.close();
    rmSync(folder, { recursive: true });
    return report({ idle, stalled, after });
  }

  return {
    db,
    items,
    choose: () => shown.splice(random(shown.length), 1)[0]!,
    putBack: (item) => down.push(item),
    run,
  };
}

const newRun = (): Run => ({
  probes: 0,
  stale: 0,
  byIndex: 0,
  overlaidRows: 0,
  readMs: [],
  staleEventual: 0,
  lagMs: [],
});

/** Everything counts from the moment on at which the lanes were stopped; latency while they are stopped. */
function report({ idle, stalled, after }: Readonly<Record<'idle' | 'stalled' | 'after', Run>>): boolean {
  const total = (count: (run: Run) => number): number => count(stalled) + count(after);
  const probes = total((run) => run.probes);
  const stale = total((run) => run.stale);
  const p99Ratio = Number((quantile(stalled.readMs, 0.99) / quantile(idle.readMs, 0.99)).toFixed(2));
  const indexShare = total((run) => run.byIndex) / probes;
  const overlaidRows = total((run) => run.overlaidRows);
  const lagMsP50 = Math.round(quantile([...stalled.lagMs, ...after.lagMs], 0.5));
  const staleEventual = total((run) => run.staleEventual);
  console.log(JSON.stringify({ probes, stale, p99Ratio, indexShare, overlaidRows, lagMsP50, staleEventual }));
  return stale === 0 && indexShare === 1 && overlaidRows > 0 && staleEventual > 0;
}

function quantile(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
