// The freshness levels, in simulated time: what an answer may leave out, and that it never leaves out more.

import { expect, test } from 'vitest';
import type { Random } from '../src/base/random.ts';
import { openDatabase } from '../src/engine/open.ts';
import type { Database, ExecuteOptions, OpenSession } from '../src/engine/api.ts';
import type { Freshness } from '../src/catalog/access.ts';
import type { Clock } from '../src/io/ports.ts';
import type { Row } from '../src/rows/row-table.ts';
import { createSimulatedKv } from '../src/testing/simulated-kv.ts';
import { runSimulation, type Simulation } from '../src/testing/simulated-ports.ts';

const SHARDS = 4;
const definitions = [
  'CREATE TABLE items (id UInt32, shelf UInt8, price Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4',
  'CREATE INDEX TABLE covering ON items (shelf) SHARD BY mod(shelf, 4) LAYOUT COVERING (price) SETTINGS lanes = 2',
  'CREATE INDEX TABLE keys ON items (shelf) SHARD BY mod(shelf, 4) LAYOUT KEYS',
  'CREATE INDEX TABLE split ON items (shelf) SHARD BY mod(shelf, 4) LAYOUT SPLIT (price) SETTINGS lanes = 3',
  'CREATE INDEX TABLE columnar ON items LAYOUT COLUMNAR (price) SHARD BY mod(shelf, 4) ORDER BY (shelf)',
];
const indexTables = ['covering', 'keys', 'split', 'columnar'];

type Answer = { readonly rows: Row[]; readonly freshness: Freshness; readonly position: number };

async function ask(database: Database, sql: string, options?: ExecuteOptions): Promise<Answer> {
  const result = await database.execute(sql, options);
  const rows = await result.rows();
  return { rows, freshness: result.freshness()!, position: result.position() };
}

async function withItems(
  simulation: Simulation,
  work: (database: Database) => Promise<void>,
  settings: Record<string, number> = {},
): Promise<void> {
  const { ports } = simulation;
  const kv = createSimulatedKv({ timers: ports.timers, random: simulation.random.fork(), maxWriteMs: 3 });
  const database = await openDatabase({ kv, ports, settings });
  for (const sql of definitions) await database.query(sql);
  await work(database);
  await database.close();
}

test('each level leaves out what it may, and says what it did', async () => {
  await runSimulation(1, (simulation) =>
    withItems(simulation, async (database) => {
      const { timers } = simulation.ports;
      const items = database.table('items');
      const shown = async (freshness: string, options: ExecuteOptions = {}): Promise<Answer> =>
        ask(database, `SELECT price FROM items USE INDEX (covering) WHERE shelf = 1`, {
          ...options,
          settings: { freshness, ...options.settings },
        });
      const before = await items.put({ id: 1, shelf: 1, price: 10 });
      await database.drain();
      await database.query('SYSTEM STOP LANES');
      const update = await database.execute('UPDATE items SET price = 20 WHERE id = 1');
      expect(update.position()).toBeGreaterThan(before.sequence);
      await timers.sleep(100);

      const strong = await shown('strong');
      expect(strong).toMatchObject({ rows: [{ price: 20 }], position: update.position() });
      expect(strong.freshness).toMatchObject({
        level: 'strong',
        sequence: update.position(),
        ageMs: 0,
        tailRowsOverlaid: 1,
        accessPath: 'default.covering',
      });
      const eventual = await shown('eventual');
      expect(eventual.rows).toEqual([{ price: 10 }]);
      expect(eventual.freshness).toMatchObject({
        level: 'eventual',
        tailRowsOverlaid: 0,
        positions: [{ path: 'default.covering', shard: 1 }],
      });
      expect(eventual.freshness.sequence).toBeLessThan(update.position());
      const { ageMs } = eventual.freshness;
      expect(ageMs).toBeGreaterThanOrEqual(100);

      expect((await shown(`bounded:${ageMs}`)).freshness).toMatchObject({ ageMs, tailRowsOverlaid: 0 });
      expect((await shown(`bounded:${ageMs - 1}`)).rows).toEqual([{ price: 20 }]);
      expect((await shown('session', { position: before.sequence })).rows).toEqual([{ price: 10 }]);
      expect((await shown('session', { position: update.position() })).rows).toEqual([{ price: 20 }]);
      expect((await shown('session', { settings: { position: update.position() } })).rows).toEqual([
        { price: 20 },
      ]);
      // Of a session that has seen nothing, nothing is known to be enough.
      expect((await shown('session')).rows).toEqual([{ price: 20 }]);

      await expect(shown('strong', { position: 1e6 })).rejects.toMatchObject({ code: 'TOKEN_TOO_NEW' });
      await expect(shown('bounded:soon')).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
      await expect(shown('bounded:')).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });

      const explained = await database.query<{ explain: string }>(
        `EXPLAIN FUNNEL SELECT price FROM items USE INDEX (covering) WHERE shelf = 1 SETTINGS freshness = 'session', position = ${before.sequence}`,
      );
      expect(explained.map(({ explain }) => explain).join('\n')).toMatch(
        new RegExp(`tail overlay +0 +1 .*left out \\(session at ${before.sequence}, applied up to \\d+\\)`),
      );
    }),
  );
});

test('a session reads what it wrote and nothing older than it has read, be it typed or by SQL', async () => {
  await runSimulation(3, (simulation) =>
    withItems(simulation, async (database) => {
      await database.table('items').put({ id: 1, shelf: 1, price: 10 });
      await database.drain();
      await database.query('SYSTEM STOP LANES');
      const sql = 'SELECT price FROM items USE INDEX (covering) WHERE shelf = 1';
      const [writer, reader] = [0, 1].map(() => database.session({ settings: { freshness: 'session' } }));
      const read = (session: OpenSession): Promise<unknown[]> => session.query(sql);
      await reader!.query('SELECT 1');
      await writer!.table('items').update({ id: 1 }, { price: 20 });
      expect(await read(writer!)).toEqual([{ price: 20 }]);
      expect(await read(reader!)).toEqual([{ price: 10 }]);
      await reader!.table('items').get({ id: 1 });
      expect(await read(reader!)).toEqual([{ price: 20 }]);
    }),
  );
});

test('an UPDATE or DELETE finds its rows exactly at every level', async () => {
  await runSimulation(4, (simulation) =>
    withItems(simulation, async (database) => {
      await database.query('SYSTEM STOP LANES');
      await database.table('items').putMany([1, 2, 3].map((id) => ({ id, shelf: id, price: id })));
      // So large that the planner wants an index table.
      await database
        .table('items')
        .putMany(Array.from({ length: 500 }, (_, i) => ({ id: 10 + i, shelf: 9, price: 0 })));
      const settings = { freshness: 'eventual' };
      expect(await database.query('SELECT id FROM items WHERE shelf = 2', { settings })).toEqual([]);
      await database.query('UPDATE items SET price = 7 WHERE shelf = 2', { settings });
      await database.query('DELETE FROM items WHERE shelf = 3', { settings });
      const rows = await database.query('SELECT id, price FROM items WHERE id < 10 ORDER BY id');
      expect(rows).toEqual([
        { id: 1, price: 1 },
        { id: 2, price: 7 },
      ]);
    }),
  );
});

test('an index table that is behind answers within its bound, and else another path does', async () => {
  await runSimulation(2, (simulation) =>
    withItems(
      simulation,
      async (database) => {
        const { timers } = simulation.ports;
        const items = database.table('items');
        await items.put({ id: 0, shelf: 1, price: 0 });
        await database.drain();
        await database.query('SYSTEM STOP LANES covering');
        const first = await items.put({ id: 1, shelf: 1, price: 1 });
        await timers.sleep(1000);
        for (let id = 2; id < 30; id++) await items.put({ id, shelf: 1, price: id });
        const read = (freshness: string, more = ''): Promise<Answer> =>
          ask(database, `SELECT id FROM items ${more} WHERE shelf = 1 ORDER BY id`, {
            settings: { freshness },
            position: first.sequence - 1,
          });
        const lag = await ask(
          database,
          "SELECT state, lag_ms FROM system.index_tables WHERE name = 'covering'",
        );
        const { state, lag_ms: lagMs } = lag.rows[0] as { state: string; lag_ms: number };
        expect({ state, isHonest: lagMs >= 1000 && lagMs < 2000 }).toEqual({
          state: 'behind',
          isHonest: true,
        });
        for (const enough of [`bounded:${lagMs}`, 'session', 'eventual'])
          expect((await read(enough, 'USE INDEX (covering)')).rows).toEqual([{ id: 0 }]);
        for (const tooLittle of [`bounded:${lagMs - 1}`, 'strong']) {
          const refused = read(tooLittle, 'USE INDEX (covering)');
          await expect(refused).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE' });
          expect((await read(tooLittle)).freshness.accessPath).not.toBe('default.covering');
        }
        expect((await read('strong')).rows).toHaveLength(30);
      },
      { tail_max_changes: 8, tail_max_write_delay_ms: 0 },
    ),
  );
});

// ---- random histories

type Commit = { readonly sequence: number; readonly ms: number; readonly rows: ReadonlyMap<number, Row> };

class Model {
  readonly commits: Commit[] = [{ sequence: 0, ms: 0, rows: new Map() }];

  /** The first later commit that changes an entry; of KEYS, an entry has no price. */
  firstChangeAbove(sequence: number, index: string): Commit | undefined {
    const entries = (rows: Commit['rows']): string =>
      textOf([...rows.values()].map((row) => (index === 'keys' ? { ...row, price: 0 } : row)));
    return this.commits.find(
      (commit, i) =>
        commit.sequence > sequence && entries(commit.rows) !== entries(this.commits[i - 1]!.rows),
    );
  }

  /** Commits that a state may be, of one shelf group, from `from` to `to`. */
  statesOf(shard: number, from: number, to: number): string[] {
    const first = this.commits.findLastIndex(({ sequence }) => sequence <= from);
    return this.commits
      .slice(first)
      .filter(({ sequence }) => sequence <= to)
      .map(({ rows }) => textOf([...rows.values()].filter(({ shelf }) => Number(shelf) % SHARDS === shard)));
  }
}

const textOf = (rows: readonly Row[]): string =>
  rows
    .map(({ id, shelf, price }) => JSON.stringify([id, shelf, price]))
    .sort()
    .join('; ');

const drawLevel = (random: Random, position: number): ExecuteOptions => {
  const level = random.pick([
    'strong',
    'session',
    'session',
    'bounded:0',
    'bounded:20',
    'bounded:200',
    'eventual',
  ]);
  return { position, settings: { freshness: level } };
};

async function randomRun(
  simulation: Simulation,
  database: Database,
  counts: Record<string, number>,
): Promise<void> {
  const { random, ports } = simulation;
  const model = new Model();
  let newest = 0;
  for (let step = 0; step < 120; step++) {
    const draw = random.int(10);
    if (draw === 0) await database.query('SYSTEM STOP LANES');
    else if (draw === 1) await database.query('SYSTEM START LANES');
    else if (draw === 2) await ports.timers.sleep(random.int(60));
    else if (draw < 6) {
      const row = { id: random.int(8), shelf: random.int(8), price: random.int(100) };
      const ms = ports.clock.nowMs();
      const { sequence } = await database.table('items').put(row);
      newest = sequence;
      const rows = new Map(model.commits.at(-1)!.rows).set(row.id, row);
      model.commits.push({ sequence, ms, rows });
    } else {
      const seen = random.pick(model.commits).sequence;
      const check = { database, clock: ports.clock, model, newest, counts };
      await checkRead(random.pick(indexTables), drawLevel(random, seen), check);
    }
  }
}

type Check = {
  readonly database: Database;
  readonly clock: Clock;
  readonly model: Model;
  readonly newest: number;
  readonly counts: Record<string, number>;
};

async function checkRead(index: string, options: ExecuteOptions, check: Check): Promise<void> {
  const { database, clock, model, newest, counts } = check;
  const atMs = clock.nowMs();
  const answer = await ask(database, `SELECT id, shelf, price FROM items USE INDEX (${index})`, options);
  // A read waits for nothing: in simulated time it takes none.
  expect(clock.nowMs()).toBe(atMs);
  const { level, ageMs, positions, sequence, tailRowsOverlaid } = answer.freshness;
  const lowest = Math.min(...positions.map((position) => position.sequence));
  const isApplied = sequence < newest;
  expect(answer.position).toBe(newest);
  if (level === 'strong') expect(sequence).toBe(newest);
  if (level === 'session' && options.position) expect(sequence).toBeGreaterThanOrEqual(options.position);
  if (level.startsWith('bounded:')) {
    const missing = model.firstChangeAbove(sequence, index);
    expect(missing ? atMs - missing.ms : 0).toBeLessThanOrEqual(Number(level.slice(8)));
    expect(ageMs).toBeLessThanOrEqual(Number(level.slice(8)));
  }
  if (isApplied) expect({ lowest, tailRowsOverlaid }).toEqual({ lowest: sequence, tailRowsOverlaid: 0 });
  if (index !== 'keys' || !isApplied)
    for (let shard = 0; shard < SHARDS; shard++) {
      const rows = answer.rows.filter(({ shelf }) => Number(shelf) % SHARDS === shard);
      expect(model.statesOf(shard, sequence, newest)).toContain(textOf(rows));
    }
  const kind = `${level.split(':')[0]}, ${isApplied ? 'older' : tailRowsOverlaid > 0 ? 'overlaid' : 'current'}`;
  counts[kind] = (counts[kind] ?? 0) + 1;
}

test('no answer is older than its level allows, whatever lanes do', async () => {
  const seeds = process.env['WINNOW_SEED'] ? [Number(process.env['WINNOW_SEED'])] : [1, 2, 3, 4, 5, 6, 7, 8];
  const counts: Record<string, number> = {};
  for (const seed of seeds)
    await runSimulation(seed, (simulation) =>
      withItems(simulation, (database) => randomRun(simulation, database, counts)),
    );
  // Every kind of answer was met, or the run has shown nothing.
  expect(Object.keys(counts).sort()).toEqual(
    expect.arrayContaining([
      'bounded, older',
      'bounded, overlaid',
      'eventual, older',
      'session, older',
      'session, overlaid',
      'strong, overlaid',
    ]),
  );
});
