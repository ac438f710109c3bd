// Transactions at random, in simulated time, against a model of snapshot isolation; and transfers between accounts while
// readers add them up through every access path.

import { expect, test } from 'vitest';
import type { Random } from '../src/base/random.ts';
import { openDatabase } from '../src/engine/open.ts';
import { WinnowError, type Database, type OpenSession, type Session } from '../src/index.ts';
import { createSimulatedKv } from '../src/testing/simulated-kv.ts';
import { runSimulation, type Simulation } from '../src/testing/simulated-ports.ts';

type Row = { id: number; a: number; b: string | null; n: number };
type Rows = ReadonlyMap<number, Row>;
type Writes = ReadonlyMap<number, Row | undefined>;

const paths = {
  left: ['PRIMARY', 'left_by_a', 'left_by_b', 'left_split', 'left_facts'],
  right: ['PRIMARY', 'right_by_n'],
} as const;
type Table = keyof typeof paths;
const tables = Object.keys(paths) as Table[];

const schema = [
  ...tables.map(
    (name) =>
      `CREATE TABLE ${name} (id UInt32, a UInt8, b Nullable(String), n Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4`,
  ),
  'CREATE INDEX TABLE left_by_a ON left (a, n) SHARD BY hash(a) INTO 3 LAYOUT KEYS',
  'CREATE INDEX TABLE left_by_b ON left (b) SHARD BY hash(b) INTO 2 LAYOUT COVERING (a, n) SETTINGS lanes = 2',
  'CREATE INDEX TABLE left_split ON left (n) SHARD BY hash(n) INTO 3 LAYOUT SPLIT (a, b)',
  'CREATE INDEX TABLE left_facts ON left LAYOUT COLUMNAR (a, b) SHARD BY hash(n) INTO 2 ORDER BY (n) SETTINGS index_granularity = 4',
  'CREATE INDEX TABLE right_some ON right (b) WHERE a != 1',
  'CREATE INDEX TABLE right_by_n ON right (n) SHARD BY hash(n) INTO 2 LAYOUT COVERING (a, b)',
];

const IDS = 12;
const B_VALUES = [null, '', 'x', 'yy'];

async function openSimulated(
  { ports, random }: Simulation,
  statements: readonly string[],
): Promise<Database> {
  const kv = createSimulatedKv({
    timers: ports.timers,
    random: random.fork(),
    maxWriteMs: random.pick([0, 3]),
  });
  const database = await openDatabase({ kv, ports, settings: { transaction_timeout_ms: 0 } });
  for (const statement of statements) await database.query(statement);
  return database;
}

// ---- what a transaction does, drawn before it runs

type Condition = { readonly sql: string; readonly holds: (row: Row) => boolean };

function drawCondition(random: Random): Condition {
  const [a, n, id, b] = [random.int(3), random.int(20), random.int(IDS), random.pick(B_VALUES)];
  return random.pick<Condition>([
    { sql: '1', holds: () => true },
    { sql: `a = ${a}`, holds: (row) => row.a === a },
    { sql: `a = ${a} AND n >= ${n}`, holds: (row) => row.a === a && row.n >= n },
    { sql: `n BETWEEN ${n} AND ${n + 6}`, holds: (row) => row.n >= n && row.n <= n + 6 },
    { sql: b === null ? 'b IS NULL' : `b = '${b}'`, holds: (row) => row.b === b },
    { sql: `id IN (${id}, ${id + 1})`, holds: (row) => row.id === id || row.id === id + 1 },
  ]);
}

/** One step of a transaction: what is run, and what the model makes of the rows it sees. */
type Step =
  | {
      readonly kind: 'write';
      readonly table: Table;
      readonly run: (session: Session) => Promise<unknown>;
      readonly model: (rows: Rows) => Writes;
    }
  | {
      readonly kind: 'read';
      readonly sql: string;
      readonly model: (rows: Record<Table, Rows>) => readonly unknown[];
    };

const valueText = ({ id, a, b, n }: Row): string => `(${id}, ${a}, ${b === null ? 'NULL' : `'${b}'`}, ${n})`;

const drawRow = (random: Random): Row => ({
  id: random.int(IDS),
  a: random.int(3),
  b: random.pick(B_VALUES),
  n: random.int(25),
});

function drawWrite(random: Random): Step {
  const table = random.pick(tables);
  const { sql, holds } = drawCondition(random);
  const rows = Array.from({ length: 1 + random.int(3) }, () => drawRow(random));
  const row = rows[0]!;
  const matching = (seen: Rows, to: (row: Row) => Row | undefined): Writes =>
    new Map([...seen.values()].filter(holds).map((each) => [each.id, to(each)]));
  return random.pick<Step>([
    {
      kind: 'write',
      table,
      run: (session) => session.query(`INSERT INTO ${table} VALUES ${rows.map(valueText).join(', ')}`),
      model: () => new Map(rows.map((each) => [each.id, each])),
    },
    {
      kind: 'write',
      table,
      run: (session) => session.query(`UPDATE ${table} SET n = n + 1, a = ${row.a} WHERE ${sql}`),
      model: (seen) => matching(seen, (each) => ({ ...each, n: each.n + 1, a: row.a })),
    },
    {
      kind: 'write',
      table,
      run: (session) => session.query(`DELETE FROM ${table} WHERE ${sql}`),
      model: (seen) => matching(seen, () => undefined),
    },
    {
      kind: 'write',
      table,
      run: (session) => unless('CONDITION_FAILED', session.table(table).put(row, { exists: false })),
      model: (seen) => new Map(seen.has(row.id) ? [] : [[row.id, row]]),
    },
    {
      kind: 'write',
      table,
      run: (session) => {
        const update = session.table(table).update({ id: row.id }, { b: 'moved' }, { equals: { a: row.a } });
        return unless('CONDITION_FAILED', update);
      },
      model: (seen) => {
        const found = seen.get(row.id);
        return new Map(found?.a === row.a ? [[row.id, { ...found, b: 'moved' }]] : []);
      },
    },
  ]);
}

/** True when the promise resolves, false when it rejects with this error. */
async function unless(code: string, promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch (error) {
    if (error instanceof WinnowError && error.code === code) return false;
    throw error;
  }
}

/** Both tables at once, which must be read at one point. */
function drawJoin(random: Random): Step {
  const a = random.int(3);
  const lookUp = random.chance(0.5) ? "SETTINGS join_algorithm = 'direct'" : '';
  return {
    kind: 'read',
    sql: `SELECT l.id AS id, l.n AS n, r.n AS m FROM left AS l JOIN right AS r ON r.id = l.id WHERE l.a = ${a} ORDER BY id ${lookUp}`,
    model: ({ left, right }) =>
      [...left.values()]
        .filter((row) => row.a === a && right.has(row.id))
        .map(({ id, n }) => ({ id, n, m: right.get(id)!.n }))
        .sort((x, y) => x.id - y.id),
  };
}

function drawRead(random: Random): Step {
  if (random.chance(0.15)) return drawJoin(random);
  const table = random.pick(tables);
  const { sql, holds } = drawCondition(random);
  const hint = random.chance(0.2) ? '' : `USE INDEX (${random.pick(paths[table])})`;
  const limit = random.chance(0.4) ? 1 + random.int(4) : undefined;
  const [sign, direction] = random.pick([[1, ''] as const, [-1, 'DESC'] as const]);
  const page = limit === undefined ? '' : `LIMIT ${limit}`;
  return {
    kind: 'read',
    sql: `SELECT id, a, b, n FROM ${table} ${hint} WHERE ${sql} ORDER BY n ${direction}, id ${direction} ${page}`,
    model: (rows) =>
      [...rows[table].values()]
        .filter(holds)
        .sort((x, y) => sign * (x.n - y.n || x.id - y.id))
        .slice(0, limit),
  };
}

// ---- running transactions

/** What a transaction did, for the model to judge when everything is over. */
type Transcript = {
  readonly snapshot: number;
  readonly steps: readonly { readonly step: Step; readonly rows: readonly unknown[] }[];
  /** Sequence of its commit; 'conflict'; undefined when it was rolled back. */
  readonly outcome: number | 'conflict' | undefined;
};

async function runTransaction(session: OpenSession, simulation: Simulation): Promise<Transcript> {
  const { random, ports } = simulation;
  await session.query('BEGIN');
  const first = await session.execute('SELECT id FROM left LIMIT 0');
  for await (const _ of first.blocks) continue;
  const steps: { step: Step; rows: readonly unknown[] }[] = [];
  for (let left = 1 + random.int(6); left > 0; left--) {
    const step = random.chance(0.5) ? drawWrite(random) : drawRead(random);
    if (step.kind === 'write') await step.run(session);
    steps.push({ step, rows: step.kind === 'read' ? await session.query(step.sql) : [] });
    await ports.timers.sleep(random.int(10));
  }
  const snapshot = first.position();
  if (random.chance(0.15)) {
    await session.query('ROLLBACK');
    return { snapshot, steps, outcome: undefined };
  }
  let outcome: Transcript['outcome'] = 'conflict';
  await unless(
    'SERIALIZATION_ERROR',
    session.execute('COMMIT').then((result) => (outcome = result.position())),
  );
  return { snapshot, steps, outcome };
}

/** A write outside of any transaction, as one that began right before its commit. */
async function runStatement(database: Database, random: Random): Promise<Transcript> {
  const row = drawRow(random);
  const table = random.pick(tables);
  const { sequence } = await database.table(table).put(row);
  const step: Step = {
    kind: 'write',
    table,
    run: () => Promise.resolve(),
    model: () => new Map([[row.id, row]]),
  };
  return { snapshot: sequence - 1, steps: [{ step, rows: [] }], outcome: sequence };
}

// ---- the model

/** What was committed, by sequence and by table. */
class History {
  readonly #commits = new Map<number, Record<Table, Writes>>();

  add(sequence: number, writes: Record<Table, Writes>): void {
    expect(this.#commits.has(sequence), `sequence ${sequence} is taken twice`).toBe(false);
    this.#commits.set(sequence, writes);
  }

  rowsAt(sequence: number, table: Table): Map<number, Row> {
    const rows = new Map<number, Row>();
    const sequences = [...this.#commits.keys()].filter((each) => each <= sequence).sort((x, y) => x - y);
    for (const each of sequences) layOver(rows, this.#commits.get(each)![table]);
    return rows;
  }

  /** Whether a row that `writes` names is not at `end` as it was at `start`; one that was absent and is again is. */
  changedBetween(start: number, end: number, writes: Record<Table, Writes>): boolean {
    return tables.some((table) => {
      const [before, after] = [this.rowsAt(start, table), this.rowsAt(end, table)];
      const there = new Map([...writes[table]].filter(([id]) => before.has(id) || after.has(id)));
      return this.#wroteBetween(start, end, table, there);
    });
  }

  /** Whether a commit above `start` has written a row that `writes` names. */
  wroteSince(start: number, writes: Record<Table, Writes>): boolean {
    return tables.some((table) => this.#wroteBetween(start, Number.POSITIVE_INFINITY, table, writes[table]));
  }

  #wroteBetween(start: number, end: number, table: Table, mine: Writes): boolean {
    return [...this.#commits].some(
      ([sequence, { [table]: theirs }]) =>
        sequence > start && sequence <= end && [...mine.keys()].some((id) => theirs.has(id)),
    );
  }
}

function layOver(rows: Map<number, Row>, writes: Writes): void {
  for (const [id, row] of writes) {
    if (row) rows.set(id, row);
    else rows.delete(id);
  }
}

/** Replays a transcript on the rows of its snapshot; its reads must be what the model reads. Answers with its writes. */
function replay(history: History, { snapshot, steps }: Transcript): Record<Table, Writes> {
  const rows = { left: history.rowsAt(snapshot, 'left'), right: history.rowsAt(snapshot, 'right') };
  const writes = { left: new Map<number, Row | undefined>(), right: new Map<number, Row | undefined>() };
  for (const { step, rows: found } of steps) {
    if (step.kind === 'read') {
      expect(found, `${step.sql} at ${snapshot}`).toEqual(step.model(rows));
      continue;
    }
    const written = step.model(rows[step.table]);
    layOver(rows[step.table], written);
    for (const [id, row] of written) writes[step.table].set(id, row);
  }
  return writes;
}

/** Of rows that were absent and still are, nothing is kept. */
function changesOf(history: History, snapshot: number, writes: Record<Table, Writes>): Record<Table, Writes> {
  const changed = (table: Table): Writes => {
    const before = history.rowsAt(snapshot, table);
    return new Map([...writes[table]].filter(([id, row]) => row !== undefined || before.has(id)));
  };
  return { left: changed('left'), right: changed('right') };
}

type Counts = { committed: number; conflicts: number; reads: number };

function judge(transcripts: readonly Transcript[], counts: Counts): History {
  const history = new History();
  // A transaction without writes answers with its snapshot.
  const isWriter = ({ snapshot, outcome }: Transcript): boolean =>
    typeof outcome === 'number' && outcome > snapshot;
  const writers = transcripts.filter(isWriter);
  for (const transcript of writers.sort((x, y) => Number(x.outcome) - Number(y.outcome))) {
    const writes = replay(history, transcript);
    const sequence = Number(transcript.outcome);
    counts.committed++;
    const lost = history.changedBetween(transcript.snapshot, sequence - 1, writes);
    expect(lost, `commit ${sequence} overwrote a change that is not in its snapshot`).toBe(false);
    history.add(sequence, changesOf(history, transcript.snapshot, writes));
  }
  for (const transcript of transcripts) {
    counts.reads += transcript.steps.filter(({ step }) => step.kind === 'read').length;
    if (isWriter(transcript)) continue;
    const writes = replay(history, transcript);
    if (typeof transcript.outcome === 'number')
      expect(
        tables.every((table) => writes[table].size === 0),
        'writes without a commit',
      ).toBe(true);
    if (transcript.outcome !== 'conflict') continue;
    counts.conflicts++;
    expect(history.wroteSince(transcript.snapshot, writes), 'a conflict without a cause').toBe(true);
  }
  return history;
}

const baseSeed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const SEEDS = Number(process.env['WINNOW_SEEDS'] ?? 10);

test('transactions at random are what snapshot isolation says', { timeout: 240_000 }, async () => {
  const counts: Counts = { committed: 0, conflicts: 0, reads: 0 };
  for (let seed = baseSeed; seed < baseSeed + SEEDS; seed++) {
    await runSimulation(seed, async (simulation) => {
      const { random } = simulation;
      const database = await openSimulated(simulation, schema);
      const transcripts: Transcript[] = [];
      const client = async (): Promise<void> => {
        const session = database.session();
        for (let round = 0; round < 8; round++) {
          if (random.chance(0.2)) await database.query(`SYSTEM ${random.pick(['STOP', 'START'])} LANES`);
          const statement = random.chance(0.2);
          transcripts.push(
            await (statement ? runStatement(database, random) : runTransaction(session, simulation)),
          );
        }
      };
      await Promise.all(Array.from({ length: 4 }, client));
      const history = judge(transcripts, counts);
      for (const table of tables) {
        for (const path of paths[table]) {
          const rows = await database.query<Row>(`SELECT * FROM ${table} USE INDEX (${path}) ORDER BY id`);
          const expected = [...history.rowsAt(Number.POSITIVE_INFINITY, table).values()];
          expect(rows, path).toEqual(expected.sort((x, y) => x.id - y.id));
        }
      }
      await database.query('SYSTEM START LANES');
      await database.close();
    });
  }
  console.log(`seed ${baseSeed}: ${JSON.stringify(counts)}`);
  expect(Math.min(counts.committed, counts.conflicts, counts.reads)).toBeGreaterThan(0.5 * SEEDS);
});

const ACCOUNTS = 10;
const accountPaths = ['PRIMARY', 'by_owner', 'by_amount', 'facts'];
const accounts = [
  'CREATE TABLE accounts (id UInt32, owner UInt8, amount Int64) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4',
  'CREATE INDEX TABLE by_owner ON accounts (owner) SHARD BY hash(owner) INTO 3 LAYOUT COVERING (amount)',
  'CREATE INDEX TABLE by_amount ON accounts (amount) SHARD BY hash(amount) INTO 3 LAYOUT KEYS',
  'CREATE INDEX TABLE facts ON accounts LAYOUT COLUMNAR (amount) SHARD BY hash(owner) INTO 2 ORDER BY (owner) SETTINGS index_granularity = 4',
  `INSERT INTO accounts SELECT number, number % 3, 100 FROM numbers(${ACCOUNTS})`,
];

test('readers through every path see all of a transfer or nothing', { timeout: 240_000 }, async () => {
  let transfers = 0;
  let sums = 0;
  for (let seed = baseSeed; seed < baseSeed + SEEDS; seed++) {
    await runSimulation(seed, async (simulation) => {
      const { random, ports } = simulation;
      const database = await openSimulated(simulation, accounts);
      let writing = 3;
      const write = async (): Promise<void> => {
        for (let round = 0; round < 15; round++) {
          const [from, to, amount] = [random.int(ACCOUNTS), random.int(ACCOUNTS), 1 + random.int(30)];
          const work = database.transaction(async (transaction) => {
            await transaction.query(`UPDATE accounts SET amount = amount - ${amount} WHERE id = ${from}`);
            if (random.chance(0.3)) await ports.timers.sleep(random.int(5));
            await transaction.table('accounts').increment({ id: to }, { amount });
          });
          if (await unless('SERIALIZATION_ERROR', work)) transfers++;
          if (random.chance(0.2)) await database.query(`SYSTEM ${random.pick(['STOP', 'START'])} LANES`);
        }
        writing--;
      };
      const read = async (): Promise<void> => {
        while (writing > 0) {
          const path = random.pick(accountPaths);
          const query = `SELECT sum(amount) AS total, toUInt32(count()) AS n FROM accounts USE INDEX (${path})`;
          expect(await database.query(query), path).toEqual([{ total: BigInt(100 * ACCOUNTS), n: ACCOUNTS }]);
          sums++;
          // Others wait for time to pass, which it does when nobody can go on.
          await ports.timers.sleep(1 + random.int(3));
        }
      };
      await Promise.all([write(), write(), write(), read(), read()]);
      await database.query('SYSTEM START LANES');
      await database.close();
    });
  }
  console.log(`seed ${baseSeed}: ${transfers} transfers, ${sums} sums`);
  expect(Math.min(transfers, sums)).toBeGreaterThan(5 * SEEDS);
});
