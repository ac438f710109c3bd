// Index tables that differ from their row tables: found, named and mended, and never seen where there is nothing.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineOf } from '../src/engine/database.ts';
import { type Database, open } from '../src/index.ts';
import {
  changeDetails,
  changedValue,
  changeEntries,
  changePart,
  entryAt,
  forgetSums,
  partPaths,
} from './support/drift.ts';

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-drift-'));
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const definitions = [
  'CREATE TABLE items (id UInt32, shelf UInt8, price Int32, title Nullable(String)) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 8',
  'CREATE INDEX TABLE by_shelf ON items (shelf) SHARD BY hash(shelf) INTO 4 LAYOUT KEYS',
  'CREATE INDEX TABLE by_price ON items (price) SHARD BY hash(price) INTO 4 LAYOUT COVERING (shelf, title) SETTINGS lanes = 2',
  'CREATE INDEX TABLE facts ON items LAYOUT COLUMNAR (shelf, title) SHARD BY hash(price) INTO 2 ORDER BY (price) SETTINGS index_granularity = 64',
];

const item = (id: number): { id: number; shelf: number; price: number; title: string | null } => ({
  id,
  shelf: id % 7,
  price: id % 101,
  title: id % 5 === 0 ? null : `item ${id}`,
});

async function fill(count: number): Promise<void> {
  database = await open(folder);
  for (const definition of definitions) await database.query(definition);
  const table = database.table('items');
  for (let start = 0; start < count; start += 1000)
    await table.putMany(Array.from({ length: Math.min(1000, count - start) }, (_, i) => item(start + i)));
  await database.drain();
}

const idOf = (index: string): number => engineOf(database).store.find('default', index)!.id;

/** Closes the store, lets `change` act on its folder, and opens it again. */
async function behindItsBack(change: () => Promise<void> | void): Promise<void> {
  await database.close();
  await change();
  database = await open(folder);
}

type Check = {
  index_table: string;
  equal: number;
  sequence: bigint;
  rows: bigint;
  entries: bigint;
  missing: bigint;
  orphaned: bigint;
  different: bigint;
  samples: string[];
};

async function check(index: string, rest = ''): Promise<Check> {
  const [answer] = await database.query<Check>(`CHECK INDEX TABLE ${index} ${rest}`);
  return answer!;
}

async function expectEqual(...indexes: readonly string[]): Promise<void> {
  for (const index of indexes)
    expect(await check(index)).toMatchObject({
      equal: 1,
      missing: 0n,
      orphaned: 0n,
      different: 0n,
      samples: [],
    });
}

test('index tables are equal to their row table, applied or not', async () => {
  await fill(3000);
  expect(await check('by_price')).toEqual({
    index_table: 'default.by_price',
    equal: 1,
    sequence: BigInt(engineOf(database).store.head),
    rows: 3000n,
    entries: 3000n,
    missing: 0n,
    orphaned: 0n,
    different: 0n,
    samples: [],
  });
  await database.query('SYSTEM STOP LANES');
  await database.query('UPDATE items SET price = price + 1, shelf = 3 WHERE id % 3 = 0');
  await database.query('DELETE FROM items WHERE id % 7 = 0');
  await expectEqual('by_shelf', 'by_price', 'facts');
  await database.query('SYSTEM START LANES');
  await database.drain();
  await expectEqual('by_shelf', 'by_price', 'facts');
});

test('entries that are missing, orphaned, changed or damaged are named', async () => {
  await fill(3000);
  const price = idOf('by_price');
  const shelf = idOf('by_shelf');
  await behindItsBack(async () => {
    await changeEntries(folder, price, (entries, batch) => {
      batch.delete(entries[10]![0]);
      batch.put(
        entries[20]![0],
        changedValue(entries[20]!, (body) => (body[1]! ^= 1)),
      );
      const damaged = Buffer.from(entries[30]![1]);
      damaged[5]! ^= 1;
      batch.put(entries[30]![0], damaged);
    });
    await changeEntries(folder, shelf, (entries, batch) => {
      const key = Buffer.from(entries[0]![0]);
      key.writeUInt32BE(4_000_000, key.length - 4);
      const [storedKey, value] = entryAt(key, entries[0]![1]);
      batch.put(storedKey, value);
    });
  });
  const price2 = await check('by_price');
  expect(price2).toMatchObject({ equal: 0, missing: 1n, orphaned: 0n, different: 2n, entries: 2999n });
  expect(price2.samples.sort()).toEqual([
    expect.stringMatching(/^different: price = \d+, id = \d+$/),
    expect.stringMatching(/^different: price = \d+, id = \d+$/),
    expect.stringMatching(/^missing: price = \d+, id = \d+$/),
  ]);
  const shelf2 = await check('by_shelf');
  expect(shelf2).toMatchObject({ equal: 0, missing: 0n, orphaned: 1n, different: 0n });
  expect(shelf2.samples).toEqual([expect.stringMatching(/^orphaned: shelf = \d, id = 4000000$/)]);
  await expectEqual('facts');
});

test('a changed value in a part is named, though all its checksums are right', async () => {
  await fill(3000);
  await database.query('OPTIMIZE TABLE facts FINAL');
  await behindItsBack(() => {
    const [part] = partPaths(folder);
    changePart(part!, 'shelf.bin', (content) => {
      content[100] = 99;
      return content;
    });
  });
  const facts = await check('facts');
  expect(facts).toMatchObject({ equal: 0, missing: 0n, orphaned: 0n, different: 1n });
  const [id] = /\d+$/.exec(facts.samples[0]!)!;
  expect(
    await database.query(
      `SELECT shelf FROM items USE INDEX (facts) WHERE id = ${id} SETTINGS freshness = 'strong'`,
    ),
  ).toEqual([{ shelf: 99 }]);
});

test('shards of the row table are checked one by one, and together they are the whole', async () => {
  await fill(3000);
  await behindItsBack(() =>
    changeEntries(folder, idOf('by_price'), (entries, batch) => {
      for (const at of [3, 300, 900, 2000]) batch.delete(entries[at]![0]);
    }),
  );
  const whole = await check('by_price');
  let [rows, entries, missing] = [0n, 0n, 0n];
  for (let shard = 0; shard < 8; shard++) {
    const part = await check('by_price', `SHARDS (${shard})`);
    rows += part.rows;
    entries += part.entries;
    missing += part.missing;
    expect(part.orphaned + part.different).toBe(0n);
  }
  expect([rows, entries, missing]).toEqual([whole.rows, whole.entries, whole.missing]);
  expect(missing).toBe(4n);
  await expect(check('by_price', 'SHARDS (0, 8)')).rejects.toMatchObject({ code: 'ARGUMENT_OUT_OF_BOUND' });
});

test('what cannot be compared says why', async () => {
  await fill(10);
  await expect(check('items')).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
  await expect(check('absent')).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
  engineOf(database).store.stopLanes(undefined);
  await database.query('REBUILD INDEX TABLE by_price');
  await expect(check('by_price')).rejects.toMatchObject({
    code: 'INDEX_NOT_USABLE',
    message: expect.stringContaining('by_price is invalid'),
  });
  const stopped = new AbortController();
  stopped.abort();
  await expect(
    database.query('CHECK INDEX TABLE by_shelf', { signal: stopped.signal }),
  ).rejects.toMatchObject({ code: 'QUERY_WAS_CANCELLED' });
});

test('REPAIR mends exactly what differs, and says what it was', async () => {
  await fill(3000);
  await behindItsBack(async () => {
    await changeEntries(folder, idOf('by_price'), (entries, batch) => {
      batch.delete(entries[10]![0]);
      batch.put(
        entries[20]![0],
        changedValue(entries[20]!, (body) => (body[1]! ^= 1)),
      );
      const key = Buffer.from(entries[30]![0]);
      key.writeUInt32BE(4_000_000, key.length - 4);
      batch.put(...entryAt(key, entries[30]![1]));
    });
  });
  const repair = (index: string): Promise<unknown[]> => database.query(`REPAIR INDEX TABLE ${index}`);
  expect(await repair('by_price')).toEqual([
    {
      index_table: 'default.by_price',
      method: 'entries',
      sequence: BigInt(engineOf(database).store.head),
      missing: 1n,
      orphaned: 1n,
      different: 1n,
    },
  ]);
  await expectEqual('by_price');
  expect(await repair('by_price')).toMatchObject([{ method: 'none', missing: 0n }]);
  await expect(database.query('REPAIR INDEX TABLE by_price', { readonly: true })).rejects.toMatchObject({
    code: 'READONLY',
  });
});

test('REPAIR of a columnar index table builds it again', async () => {
  await fill(500);
  await behindItsBack(() => {
    for (const part of partPaths(folder))
      changePart(part, 'shelf.bin', (content) => {
        content[0] = 99;
        return content;
      });
  });
  const [{ different }] = (await database.query('CHECK INDEX TABLE facts')) as [Check];
  expect(different).toBeGreaterThan(0n);
  await database.query('SYSTEM STOP LANES facts');
  await expect(database.query('REPAIR INDEX TABLE facts')).rejects.toMatchObject({
    code: 'INDEX_NOT_USABLE',
    hint: expect.stringContaining('START LANES default.facts'),
  });
  await database.query('SYSTEM START LANES facts');
  expect(await database.query('REPAIR INDEX TABLE facts')).toMatchObject([{ method: 'rebuild', different }]);
  await expectEqual('facts');
});

test('REPAIR beside writers never brings an old entry back', { timeout: 60_000 }, async () => {
  await fill(2000);
  await behindItsBack(() =>
    changeEntries(folder, idOf('by_price'), (entries, batch) => {
      for (let at = 0; at < entries.length; at += 3) {
        const [storedKey] = entries[at]!;
        if (at % 2 === 0) batch.delete(storedKey);
        else
          batch.put(
            storedKey,
            changedValue(entries[at]!, (body) => (body[1]! ^= 1)),
          );
      }
    }),
  );
  const table = database.table('items');
  let repaired = false;
  const write = async (start: number): Promise<void> => {
    for (let round = 0; !repaired || round < 20; round++) {
      const id = (start + 97 * round) % 2000;
      if (round % 5 === 0) await table.delete({ id });
      else await table.put({ ...item(id), price: round % 101, shelf: round % 7 });
      if (round % 10 === 0) await database.query(`SYSTEM ${round % 20 ? 'STOP' : 'START'} LANES by_price`);
    }
  };
  const writers = Promise.all([write(0), write(500), write(1500)]);
  const [answer] = await database.query('REPAIR INDEX TABLE by_price');
  expect(answer).toMatchObject({ method: 'entries' });
  repaired = true;
  await writers;
  await expectEqual('by_price');
  await database.query('SYSTEM START LANES');
  await database.drain();
  await expectEqual('by_price', 'by_shelf', 'facts');
});

type Status = { drift_rows: bigint | null; checked_sequence: bigint | null; last_error: string };

async function statusOf(index: string): Promise<Status> {
  const [status] = await database.query<Status>(
    `SELECT drift_rows, checked_sequence, last_error FROM system.index_tables WHERE name = '${index}'`,
  );
  return status!;
}

/** Opens the store with a detector that hardly rests, and waits until it has compared the index table. */
async function detected(index: string): Promise<Status> {
  await database.close();
  database = await open(folder, { settings: { index_check_interval_ms: 1 } });
  await expect
    .poll(() => statusOf(index).then(({ drift_rows }) => drift_rows), { timeout: 20_000 })
    .not.toBeNull();
  return statusOf(index);
}

test(
  'the background finds each kind of drift by itself, and nothing where there is none',
  { timeout: 60_000 },
  async () => {
    await fill(3000);
    for (const index of ['by_shelf', 'by_price', 'facts'])
      expect(await detected(index)).toEqual({
        drift_rows: 0n,
        checked_sequence: expect.any(BigInt),
        last_error: '',
      });
    await behindItsBack(async () => {
      await changeEntries(folder, idOf('by_price'), (entries, batch) => batch.delete(entries[10]![0]));
      await changeEntries(folder, idOf('by_shelf'), (entries, batch) => {
        const key = Buffer.from(entries[0]![0]);
        key.writeUInt32BE(4_000_000, key.length - 4);
        batch.put(...entryAt(key, entries[0]![1]));
      });
      for (const part of partPaths(folder))
        changePart(part, 'shelf.bin', (content) => {
          content[0] = 99;
          return content;
        });
    });
    expect(await detected('by_price')).toMatchObject({
      drift_rows: 1n,
      last_error: expect.stringMatching(/^differs from its row table in 1 entries at commit \d+: REPAIR/),
    });
    expect(await detected('by_shelf')).toMatchObject({ drift_rows: 1n });
    expect((await detected('facts')).drift_rows).toBeGreaterThan(0n);
    expect(database.metrics()).toMatch(/winnow_drift_rows\{index_table="default\.by_price"\} 1/);
    for (const index of ['by_shelf', 'by_price', 'facts']) {
      await database.query(`REPAIR INDEX TABLE ${index}`);
      expect(await detected(index)).toMatchObject({ drift_rows: 0n, last_error: '' });
    }
    expect(engineOf(database).store.checks.falseAlarms).toBe(0);
  },
);

test(
  'a value that changed together with its checksum is found from the sums alone',
  { timeout: 60_000 },
  async () => {
    await fill(1000);
    await behindItsBack(() =>
      changeEntries(folder, idOf('by_price'), (entries, batch) => {
        // The sums alone tell: two entries exchange what they hold.
        const [first, second] = [entries[0]!, entries[1]!];
        batch.put(...entryAt(first[0], second[1]));
        batch.put(...entryAt(second[0], first[1]));
      }),
    );
    expect(await detected('by_price')).toMatchObject({ drift_rows: 2n });
  },
);

test('sums of a store that has none are learned from a comparison', { timeout: 60_000 }, async () => {
  await fill(1000);
  await database.query('DELETE FROM items WHERE id < 100');
  await database.drain();
  await behindItsBack(() => forgetSums(folder, idOf('by_price')));
  expect(await detected('by_price')).toMatchObject({ drift_rows: 0n });
  await database.query('UPDATE items SET price = 7 WHERE id % 2 = 0');
  await database.drain();
  expect(await detected('by_price')).toMatchObject({ drift_rows: 0n });
  expect(engineOf(database).store.checks.falseAlarms).toBe(0);
});

test('details of SPLIT are compared with their entries', { timeout: 60_000 }, async () => {
  await fill(1000);
  await database.query('CREATE INDEX TABLE by_title ON items (title) LAYOUT SPLIT (shelf, price)');
  const id = idOf('by_title');
  await behindItsBack(async () => {
    await changeDetails(folder, id, (details, batch) => {
      batch.delete(details[1]![0]);
      batch.put(
        details[5]![0],
        changedValue(details[5]!, (body) => (body[0]! ^= 1)),
      );
      const key = Buffer.from(details[9]![0]);
      key.writeUInt32BE(4_000_000, key.length - 4);
      batch.put(...entryAt(key, details[9]![1]));
    });
  });
  expect(await check('by_title')).toMatchObject({ equal: 0, missing: 0n, orphaned: 1n, different: 2n });
  expect(await database.query('REPAIR INDEX TABLE by_title')).toMatchObject([{ method: 'entries' }]);
  await expectEqual('by_title');
});

test('the background has an index table with damaged bytes built again', { timeout: 60_000 }, async () => {
  await fill(1000);
  await behindItsBack(async () => {
    await changeEntries(folder, idOf('by_price'), (entries, batch) => {
      const damaged = Buffer.from(entries[30]![1]);
      damaged[5]! ^= 1;
      batch.put(entries[30]![0], damaged);
    });
    for (const part of partPaths(folder)) {
      const file = path.join(part, 'shelf.bin');
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
    }
  });
  for (const index of ['by_price', 'facts']) {
    expect(await detected(index)).toMatchObject({ drift_rows: 0n, last_error: '' });
    await expectEqual(index);
  }
});
