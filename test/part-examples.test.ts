// Examples that explain MergeTree, done literally: how parts are named, how many marks there are, how a query narrows.

import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, open } from '../src/index.ts';
import { decompressAll } from '../src/parts/compressed-block.ts';
import { decodeMarks } from '../src/parts/marks-file.ts';
import type { Block } from '../src/types/column.ts';
import { inFolder, schemaOf, writePart } from './support/parts.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winnow-examples-'));
  database = await open(folder);
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const partNames = async (): Promise<unknown[]> =>
  (await database.query('SELECT name FROM system.parts ORDER BY min_block_number')).map(({ name }) => name);

async function partFolder(name: string): Promise<string> {
  const [part] = await database.query<{ path: string }>(
    'SELECT path FROM system.parts WHERE name = {name:String}',
    { parameters: { name } },
  );
  return part!.path;
}

test('parts are named by partition, first and last block and level, which a merge takes from all its parts', async () => {
  await database.query(
    'CREATE TABLE t (date Date, n UInt8) ENGINE = MergeTree PARTITION BY toYYYYMM(date) ORDER BY n',
  );
  const insert = "INSERT INTO t VALUES ('2019-05-01', 1), ('2019-06-01', 2)";
  await database.query(insert);
  expect(await partNames()).toEqual(['201905_1_1_0', '201906_2_2_0']);
  await database.query(insert);
  expect(await partNames()).toEqual(['201905_1_1_0', '201906_2_2_0', '201905_3_3_0', '201906_4_4_0']);
  await database.query('OPTIMIZE TABLE t PARTITION 201905');
  expect(await partNames()).toEqual(['201905_1_3_1', '201906_2_2_0', '201906_4_4_0']);

  const merged = await partFolder('201905_1_3_1');
  await database.close();
  for (const name of ['201905_3_5_2', '201905_6_9_3'])
    await cp(merged, path.join(merged, '..', name), { recursive: true });
  await rm(merged, { recursive: true });
  database = await open(folder);
  await database.query('OPTIMIZE TABLE t PARTITION 201905');
  expect((await partNames()).filter((name) => String(name).startsWith('201905'))).toEqual(['201905_3_9_4']);
});

/** Rows of one flag each, for ORDER BY tuple(). */
const flags = (rowCount: number): Block => ({
  rowCount,
  columns: [
    {
      layout: 'fixed',
      type: { kind: 'UInt8' },
      rowCount,
      values: new Uint8Array(rowCount),
      nulls: undefined,
    },
  ],
});

async function marksOf(
  blocks: readonly Block[],
): Promise<{ granules: number; lastRows: number | undefined; bytes: number }> {
  return inFolder(async (parts) => {
    const part = await writePart(`${parts}/all_1_1_0`, schemaOf({ flag: 'UInt8' }), blocks);
    const bytes = (await readFile(`${part.folder}/flag.mrk2`)).length;
    return { granules: part.granuleRows.length, lastRows: part.granuleRows.at(-1), bytes };
  });
}

test.each([
  [1, 1, 1],
  [8192, 1, 8192],
  [8193, 2, 1],
  [100_000, 13, 1696],
])('%i rows have %i marks, and one for their end', async (rows, granules, lastRows) => {
  expect(await marksOf([flags(rows)])).toEqual({ granules, lastRows, bytes: 24 * (granules + 1) });
});

test('200 million rows have 24415 marks, of which the last has 512 rows', async () => {
  const block = flags(2_000_000);
  const blocks = Array.from({ length: 100 }, () => block);
  expect(await marksOf(blocks)).toEqual({ granules: 24_415, lastRows: 512, bytes: 24 * 24_416 });
});

test('select name from student where date = 201905, in seven steps', async () => {
  await database.query(
    'CREATE TABLE student (date UInt32, id UInt32, name String) ENGINE = MergeTree PARTITION BY date ORDER BY id',
  );
  await database.query(
    "INSERT INTO student SELECT 201904 + number % 3, number, concat('student ', toString(number)) FROM numbers(60000)",
  );
  const query = 'select name from student where date = 201905';
  const lines = await database.query<{ explain: string }>(`EXPLAIN FUNNEL ANALYZE ${query}`);
  const measured = new Map(
    lines.map(({ explain }) => explain.split(/ {2,}/)).map(([stage, , kept, of]) => [stage, [kept, of]]),
  );

  // 1. The partition: one part is left of three.
  expect(measured.get('partitions')).toEqual(['1', '3']);
  const part = await partFolder('201905_2_2_0');
  // 2. The column: of the part's files, those of `name`.
  const files = (await readdir(part)).filter((file) => file.startsWith('name')).sort();
  expect(files).toEqual(['name.bin', 'name.mrk2']);
  const data = await readFile(path.join(part, 'name.bin'));
  // 3. The primary index: no condition narrows `id`, so all granules are left, each with the id of its first row.
  expect(measured.get('granules')).toEqual(['3', '9']);
  const index = await readFile(path.join(part, 'primary.idx'));
  const firstIds = [0, 1, 2, 3].map((entry) => index.readUInt32LE(4 * entry));
  expect(firstIds).toEqual([1, 1 + 3 * 8192, 1 + 3 * 16_384, 1 + 3 * 19_999]);
  // 4. The marks: two offsets for each granule.
  const marks = decodeMarks(await readFile(path.join(part, 'name.mrk2')), 'name.mrk2', {
    dataBytes: data.length,
  });
  expect([...marks.rows]).toEqual([8192, 8192, 3616]);
  const names: string[] = [];
  for (const [granule, rows] of marks.rows.entries()) {
    // 5. The first offset: where the compressed block begins, which says how long it is.
    const start = marks.blockOffsets[granule]!;
    const frame = data.subarray(start, start + 16 + data.readUInt32LE(start + 17));
    // 6. Decompressed.
    const block = decompressAll(frame, 'name.bin', 1_048_576);
    // 7. The second offset: where the granule's first value lies in it.
    let at = marks.offsetsInBlock[granule]!;
    for (let row = 0; row < rows; row++) {
      const end = at + 1 + block[at]!;
      names.push(block.toString('utf8', at + 1, end));
      at = end;
    }
  }
  expect(names).toEqual(
    (await database.query<{ name: string }>(`${query} ORDER BY id`)).map(({ name }) => name),
  );
  expect(names).toHaveLength(20_000);
  expect(measured.get('rows')).toEqual(['20 000', '20 000']);
});
