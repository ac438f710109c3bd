// What system tables and metrics say about index tables and their lanes, in simulated time.

import { expect, test } from 'vitest';
import { openDatabase } from '../src/engine/open.ts';
import { metricTable } from '../src/engine/metric-table.ts';
import type { Database } from '../src/engine/api.ts';
import { createSimulatedKv } from '../src/testing/simulated-kv.ts';
import { runSimulation, type Simulation } from '../src/testing/simulated-ports.ts';

async function withShop(
  seed: number,
  work: (database: Database, simulation: Simulation) => Promise<void>,
  settings: Record<string, number> = {},
): Promise<void> {
  await runSimulation(seed, async (simulation) => {
    const { ports } = simulation;
    const kv = createSimulatedKv({ timers: ports.timers });
    const database = await openDatabase({ kv, ports, settings: { index_check_interval_ms: 0, ...settings } });
    await database.query(
      'CREATE TABLE items (id UInt32, shelf Nullable(UInt8), price Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY mod(id, 4)',
    );
    await database.query(
      'CREATE INDEX TABLE by_shelf ON items (id, shelf) SHARD BY mod(id, 4) LAYOUT COVERING (price) SETTINGS lanes = 2',
    );
    await work(database, simulation);
    await database.close();
  });
}

const lanesOf = (database: Database): Promise<Record<string, unknown>[]> =>
  database.query(
    `SELECT lane, shards, stopped, state, toUInt32(applied_changes) AS applied, lag_ms, toUInt32(lag_changes) AS waiting, stalled,
            mapKeys(positions) AS owned, applied_sequence < head_sequence AS is_behind
     FROM system.lanes ORDER BY lane`,
  );

test('system.lanes: each lane has its own shards, lag and count; one that does not get on is stalled', () =>
  withShop(1, async (database, { ports }) => {
    const items = database.table('items');
    await items.putMany([0, 1, 2, 3, 4, 5].map((id) => ({ id, shelf: 1, price: id })));
    await database.drain();
    expect(await lanesOf(database)).toEqual([
      {
        lane: 0n,
        shards: 2n,
        stopped: 0,
        state: 'live',
        applied: 3,
        lag_ms: 0,
        waiting: 0,
        stalled: 0,
        owned: [0, 2],
        is_behind: 0,
      },
      {
        lane: 1n,
        shards: 2n,
        stopped: 0,
        state: 'live',
        applied: 3,
        lag_ms: 0,
        waiting: 0,
        stalled: 0,
        owned: [1, 3],
        is_behind: 0,
      },
    ]);
    await database.query('SYSTEM STOP LANES by_shelf');
    await items.put({ id: 1, shelf: 2, price: 7 });
    await ports.timers.sleep(4000);
    expect(await lanesOf(database)).toMatchObject([
      { stopped: 1, lag_ms: 0, waiting: 0, stalled: 0 },
      { stopped: 1, lag_ms: 4000, waiting: 2, stalled: 0 },
    ]);
    await ports.timers.sleep(1000);
    expect(await lanesOf(database)).toMatchObject([{ stalled: 0 }, { lag_ms: 5000, stalled: 1 }]);
    await database.query('SYSTEM START LANES by_shelf');
    await database.drain();
    expect(await lanesOf(database)).toMatchObject([{ applied: 3 }, { applied: 5, lag_ms: 0, stalled: 0 }]);
  }));

test('system.index_tables: rows are counted exactly, of partial and columnar ones too; hits are queries that read it', () =>
  withShop(2, async (database, { ports }) => {
    for (const definition of [
      "CREATE INDEX TABLE cheap ON items (price) WHERE price < 3 SETTINGS null_keys = 'sparse'",
      'CREATE INDEX TABLE columnar ON items LAYOUT COLUMNAR (price) ORDER BY (shelf)',
    ])
      await database.query(definition);
    await database.table('items').putMany([0, 1, 2, 3, 4].map((id) => ({ id, shelf: 1, price: id })));
    await database.query('DELETE FROM items WHERE id = 1');
    await database.drain();
    const known = (columns: string): Promise<Record<string, unknown>[]> =>
      database.query(`SELECT name, ${columns} FROM system.index_tables ORDER BY name`);
    expect(
      await known('toUInt32(rows) AS entries, bytes > 0 AS has_bytes, lag_ms, lag_changes, hits'),
    ).toEqual([
      { name: 'by_shelf', entries: 4, has_bytes: 1, lag_ms: 0, lag_changes: 0n, hits: 0n },
      { name: 'cheap', entries: 2, has_bytes: 1, lag_ms: 0, lag_changes: 0n, hits: 0n },
      { name: 'columnar', entries: 4, has_bytes: 1, lag_ms: 0, lag_changes: 0n, hits: 0n },
    ]);
    const atMs = ports.clock.nowMs();
    await database.query('SELECT sum(price) FROM items USE INDEX (columnar)');
    await database.query(
      'SELECT id FROM items WHERE id IN (SELECT id FROM items USE INDEX (cheap) WHERE price = 2)',
    );
    await database.query('EXPLAIN FUNNEL ANALYZE SELECT id FROM items USE INDEX (cheap) WHERE price = 2');
    expect(await known('toUInt32(hits) AS hits, last_used_at')).toMatchObject([
      { hits: 0, last_used_at: null },
      { hits: 1 },
      { hits: 1, last_used_at: new Date(atMs).toISOString().slice(0, -1).replace('T', ' ') },
    ]);
  }));

test('/metrics and system.metrics hold the same numbers, under every name of the reference', () =>
  withShop(3, async (database, { ports }) => {
    await database.table('items').putMany([0, 1, 2, 3].map((id) => ({ id, shelf: 1, price: id })));
    await database.drain();
    await database.query('SYSTEM STOP LANES');
    await database.table('items').put({ id: 5, shelf: 1, price: 1 });
    await ports.timers.sleep(2000);
    await database.query('SELECT count() FROM items USE INDEX (by_shelf) WHERE id = 2 AND price > 0');
    await database.query('SELECT nothing').catch(() => undefined);
    const told = database.metrics();
    const lines = told.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'winnow_lane_lag_seconds{table="default.items",index_table="default.by_shelf",lane="1"} 2',
        'winnow_lane_lag_changes{table="default.items",index_table="default.by_shelf",lane="0"} 0',
        'winnow_lane_lag_changes{table="default.items",index_table="default.by_shelf",lane="1"} 1',
        'winnow_lane_applied_changes_total{table="default.items",index_table="default.by_shelf",lane="0"} 2',
        'winnow_lane_stalled{table="default.items",index_table="default.by_shelf",lane="1"} 0',
        'winnow_index_table_hits_total{index_table="default.by_shelf"} 1',
        'winnow_funnel_stage_kept_ratio{stage="shards"} 0.25',
        'winnow_funnel_stage_kept_ratio{stage="rows"} 1',
      ]),
    );
    expect(told).toMatch(/winnow_row_log_oldest_seconds\{table="default.items"\} 2\.\d+\n/);
    expect(told).toMatch(
      /winnow_query_duration_seconds_count\{access_path="COVERING index table",kind="select"\} 1\n/,
    );
    for (const name of Object.keys(metricTable)) expect(told).toContain(`# TYPE ${name} `);
    const rows = await database.query<{ metric: string; labels: Record<string, string>; value: number }>(
      "SELECT metric, labels, value FROM system.metrics WHERE metric LIKE 'winnow\\_lane%'",
    );
    const asText = rows.map(({ metric, labels, value }) => {
      const names = Object.entries(labels).map(([name, text]) => `${name}="${text}"`);
      return `${metric}{${names.join(',')}} ${value}`;
    });
    expect(asText).toEqual(lines.filter((line) => line.startsWith('winnow_lane')));
  }));

test('a lane that fails counts its retries by reason', () =>
  withShop(4, async (database, { ports }) => {
    await database.query('CREATE INDEX TABLE odd ON items (intDiv(10, price))');
    await database.table('items').put({ id: 1, shelf: 1, price: 0 });
    await ports.timers.sleep(3000);
    expect(database.metrics()).toMatch(
      /winnow_lane_retries_total\{table="default.items",index_table="default.odd",reason="[A-Z_]+"\} [1-9]/,
    );
  }));

test('the age of the log is that of what a trim has left', () =>
  withShop(
    5,
    async (database, { ports }) => {
      const oldestSeconds = (): number =>
        Number(/winnow_row_log_oldest_seconds\{.*\} (.*)/.exec(database.metrics())![1]);
      expect(oldestSeconds()).toBe(0);
      await database.query('SYSTEM STOP LANES');
      for (let id = 0; id < 40; id++) {
        await database.table('items').put({ id, shelf: 1, price: id });
        await ports.timers.sleep(1000);
      }
      expect(oldestSeconds()).toBeGreaterThanOrEqual(40);
      await database.query('SYSTEM START LANES');
      await database.drain();
      await database.table('items').put({ id: 0, shelf: 2, price: 0 });
      await database.drain();
      expect(oldestSeconds()).toBeLessThan(20);
    },
    { log_trim_bytes: 640 },
  ));
