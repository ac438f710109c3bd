// Parts that ClickHouse wrote: the kept ones, and some of every type made here. Each is read, written again by Winnow, and
// attached by ClickHouse, with the same answers and nothing for CHECK TABLE to find.

import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { type GoldenPart, goldenParts } from '../../test/support/golden-parts.ts';
import { files, inFolder, linesOf, readBlock, schemaOf, writePart } from '../../test/support/parts.ts';
import { createOutput } from '../formats/output.ts';
import type { Block } from '../types/column.ts';
import { Part } from './part.ts';
import type { PartSchema } from './schema.ts';
import { verifyPart } from './verify-part.ts';

const kept = goldenParts(path.join(import.meta.dirname, '../../test/golden/parts'));

let clickHouse: ClickHouse;
beforeAll(() => {
  clickHouse = new ClickHouse();
});
afterAll(() => clickHouse[Symbol.dispose]());

/** Opens a kept part from a folder with a part's name. */
async function withKept(
  { folder, partName, schema }: GoldenPart,
  use: (part: Part, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (parts) => {
    await cp(folder, `${parts}/${partName}`, { recursive: true });
    await use(await Part.open(files, `${parts}/${partName}`, schema()), parts);
  });
}

function jsonOf(block: Block, schema: PartSchema): string[] {
  const output = createOutput('JSONEachRow', schema.columns, {
    quote64BitIntegers: false,
    quoteDenormals: false,
  });
  return String(output.block(block)).split('\n');
}

/** The part of `schema` with the rows of a part, written by Winnow beside it. */
async function writeAgain(part: Part, schema: PartSchema): Promise<Part> {
  const { partitionId } = part.name;
  return writePart(`${path.dirname(part.folder)}/${partitionId}_9_9_0`, schema, [readBlock(part, schema)]);
}

describe.each(kept)('$name', (golden) => {
  const table = `kept${kept.indexOf(golden)}`;

  test('its rows are those that ClickHouse printed, and the verifier finds nothing', async () => {
    await withKept(golden, async (part) => {
      const schema = golden.schema();
      expect(await verifyPart(files, part.folder, schema)).toEqual([]);
      const printed = await readFile(`${golden.folder}.rows.jsonl`, 'utf8').catch(() => undefined);
      const found = jsonOf(readBlock(part, schema), schema);
      if (printed !== undefined) expect(found.sort()).toEqual(printed.split('\n').sort());
      else expect(found).toHaveLength(21_001);
    });
  });

  test('ClickHouse attaches it, and what Winnow writes of it, with the same rows', async () => {
    await withKept(golden, async (part) => {
      const schema = golden.schema();
      for (const name of [`${table}_theirs`, `${table}_ours`])
        clickHouse.query(golden.createSql.replace('CREATE TABLE t', `CREATE TABLE d.${name}`));
      await clickHouse.attach(`${table}_theirs`, part.folder);
      const ours = await writeAgain(part, schema);
      await clickHouse.attach(`${table}_ours`, ours.folder);
      const lines = linesOf(readBlock(part, schema), schema).sort();
      for (const name of [`${table}_theirs`, `${table}_ours`]) {
        expect((await clickHouse.lines(`SELECT * FROM d.${name}`)).sort()).toEqual(lines);
        expect(clickHouse.check(name)).toEqual([]);
      }
    });
  });
});

test('the sums of the part of 2018 are those that its server gave', async () => {
  const golden = kept.find(({ name }) => name === 'wide_mrk_18.16')!;
  const totals = JSON.parse(await readFile(`${golden.folder}.totals.json`, 'utf8')) as Record<
    string,
    unknown
  >;
  const [answer] = await clickHouse.lines(
    `SELECT count(), sum(id), min(date), max(date), sum(v), sum(n), countIf(n IS NULL) FROM d.kept${kept.indexOf(golden)}_ours`,
  );
  const { rows, sum_id, min_date, max_date, sum_v, sum_n, null_n } = totals;
  expect(answer!.split('\t')).toEqual([rows, sum_id, min_date, max_date, sum_v, sum_n, null_n].map(String));
});

test('every file of a part without anything new is written again with the same content', async () => {
  const golden = kept.find(({ name }) => name === 'wide_mrk2_oldstyle_26.7')!;
  await withKept(golden, async (part) => {
    const written = await writeAgain(part, golden.schema());
    expect([...written.checksums.keys()].sort()).toEqual([...part.checksums.keys()].sort());
    for (const [name, { hash, decompressed }] of part.checksums) {
      const ours = written.checksums.get(name)!;
      // Under NULL ClickHouse left what its expression computed there.
      if (name === 'n.bin') continue;
      if (decompressed) expect([name, ours.decompressed]).toEqual([name, decompressed]);
      else if (!name.endsWith('.mrk2')) expect([name, ours.hash]).toEqual([name, hash]);
    }
  });
});

/** Types, and ClickHouse's expression of a value of row `n`. */
const types: readonly (readonly [type: string, sql: string])[] = [
  ...['UInt8', 'UInt16', 'UInt32', 'UInt64', 'UInt128', 'UInt256'].map((type) => [type, 'n * 37'] as const),
  ...['Int8', 'Int16', 'Int32', 'Int64', 'Int128', 'Int256'].map((type) => [type, '100 - n * 41'] as const),
  ['Float32', 'n / 4'],
  ['Float64', 'sin(n)'],
  ['Bool', 'n % 3 = 0'],
  ['Decimal(9, 2)', 'n / 4'],
  ['Decimal(18, 4)', 'n / 8'],
  ['Decimal(38, 10)', 'n / 16'],
  ['Decimal(76, 20)', 'n / 32'],
  ['Date', "toDate('2024-01-01') + n % 400"],
  ['Date32', "toDate32('1930-01-01') + n"],
  ['DateTime', "toDateTime('2024-01-01 00:00:00', 'UTC') + n * 61"],
  ["DateTime('UTC')", "toDateTime('2024-01-01 00:00:00', 'UTC') + n * 61"],
  ['DateTime64(3)', "toDateTime64('2024-01-01 00:00:00.125', 3, 'UTC') + n"],
  ["Enum8('minus' = -3, 'plus' = 4)", "if(n % 2 = 0, 'minus', 'plus')"],
  ["Enum16('minus' = -300, 'plus' = 400)", "if(n % 2 = 0, 'minus', 'plus')"],
  [
    'UUID',
    'toUUID(UUIDNumToString(toFixedString(reverse(reinterpretAsFixedString(toUInt128(n * 977))), 16)))',
  ],
  ['IPv4', 'toIPv4(n * 65537)'],
  ['IPv6', "toIPv6(concat('2001:db8::', hex(n)))"],
  ['String', 'repeat(toString(n), n % 9)'],
  ['FixedString(5)', 'toFixedString(toString(n), 5)'],
  ['Nullable(String)', 'if(n % 3 = 0, NULL, toString(n))'],
  ['Nullable(Int64)', 'if(n % 5 = 0, NULL, n)'],
  ['LowCardinality(String)', 'toString(n % 50)'],
  ['LowCardinality(Nullable(String))', 'if(n % 7 = 0, NULL, toString(n % 900))'],
  ['LowCardinality(UInt32)', 'n % 300'],
  ['LowCardinality(FixedString(4))', 'toFixedString(toString(n % 99), 4)'],
  ['LowCardinality(Date)', "toDate('2024-01-01') + n % 30"],
  ['Array(UInt16)', 'range(n % 5)'],
  ['Array(Array(Nullable(String)))', 'arrayMap(i -> [toString(i), NULL], range(n % 4))'],
  ['Array(LowCardinality(String))', 'arrayMap(i -> toString(i * n % 11), range(n % 6))'],
  ['Map(String, UInt64)', "map(toString(n % 9), n, 'x', 1)"],
  ['Map(LowCardinality(String), Array(UInt8))', 'map(toString(n % 9), [n % 200, 7])'],
  ['Tuple(a UInt32, b Nullable(String))', "(n, if(n % 2 = 0, NULL, 'b'))"],
  ['Tuple(UInt8, Tuple(String, Array(Int32)))', '(n % 99, (toString(n), [n, -1]))'],
  ['Array(Tuple(x UInt8, y String))', 'arrayMap(i -> (i, toString(n)), range(n % 3))'],
  ['SimpleAggregateFunction(max, UInt64)', 'n * 3'],
  ['SimpleAggregateFunction(anyLast, Nullable(String))', "if(n % 4 = 0, NULL, 'last')"],
];

/** What Winnow does not read of what ClickHouse writes: each is refused by name. */
const expectedRefusals: readonly (readonly [type: string, sql: string])[] = [
  ['BFloat16', 'n'],
  ["DateTime('Europe/Berlin')", "toDateTime('2024-01-01 00:00:00', 'UTC')"],
  ['Time', "'10:00:00'"],
  ['Variant(String, UInt64)', 'n'],
  ['Dynamic', 'n'],
  ['JSON', "'{}'"],
  ['Point', '(1, 2)'],
];

const layouts = [
  ['Compact', ''],
  ['Wide', 'min_bytes_for_wide_part = 0,'],
  ['Wide, sparse', 'min_bytes_for_wide_part = 0, ratio_of_defaults_for_sparse_serialization = 0.1,'],
] as const;

const ROWS = 1000;

describe.each(layouts)('a part of every type that ClickHouse writes by default, %s', (layout, settings) => {
  const named = Object.fromEntries(types.map(([type], i) => [`v${i}`, type]));
  const schema = schemaOf({ n: 'UInt64', ...named }, { orderBy: ['n'], granularity: 128 });
  const table = `made_${layout.replace(/\W+/g, '_')}`;
  let theirs: Part;

  beforeAll(async () => {
    const columns = types.map(([type], i) => `v${i} ${type}`).join(', ');
    for (const name of [table, `${table}_ours`])
      clickHouse.query(
        `CREATE TABLE d.${name} (n UInt64, ${columns}) ENGINE = MergeTree ORDER BY n SETTINGS ${settings}
         index_granularity = 128, allow_suspicious_low_cardinality_types = 1`,
      );
    const values = types.map(([type, sql]) => `CAST(${sql} AS ${plainType(type)})`).join(', ');
    clickHouse.query(
      `INSERT INTO d.${table} SELECT number AS n, ${values} FROM numbers(${ROWS}) SETTINGS max_threads = 1, allow_suspicious_low_cardinality_types = 1`,
    );
    theirs = await Part.open(files, (await clickHouse.parts(table))[0]!, schema);
  });

  test('is read as ClickHouse prints it', async () => {
    expect(await verifyPart(files, theirs.folder, schema)).toEqual([]);
    const printed = await clickHouse.lines(`SELECT * FROM d.${table} ORDER BY n`);
    expect(linesOf(readBlock(theirs, schema), schema)).toEqual(printed);
  });

  test('is attached as Winnow writes it again, with the same rows', async () => {
    await inFolder(async (folder) => {
      const ours = await writePart(`${folder}/all_1_1_0`, schema, [readBlock(theirs, schema)]);
      await clickHouse.attach(`${table}_ours`, ours.folder);
      const [printed, found] = await Promise.all(
        [table, `${table}_ours`].map((name) => clickHouse.lines(`SELECT * FROM d.${name} ORDER BY n`)),
      );
      expect(found).toEqual(printed);
      expect(clickHouse.check(`${table}_ours`)).toEqual([]);
    });
  });
});

const plainType = (type: string): string => /^SimpleAggregateFunction\(\w+, (.*)\)$/.exec(type)?.[1] ?? type;

test.each(expectedRefusals)('%s is refused by name', async (type, sql) => {
  const table = `refused${expectedRefusals.findIndex(([each]) => each === type)}`;
  clickHouse.query(
    `CREATE TABLE d.${table} (n UInt64, odd ${type}) ENGINE = MergeTree ORDER BY n SETTINGS index_granularity = 128`,
  );
  clickHouse.query(`INSERT INTO d.${table} SELECT number AS n, CAST(${sql} AS ${type}) FROM numbers(10)`);
  const [folder] = await clickHouse.parts(table);
  const refused = Part.open(files, folder!, schemaOf({ n: 'UInt64' }, { orderBy: ['n'] }));
  await expect(refused).rejects.toThrow(/columns\.txt.*odd|odd.*columns\.txt/);
  await expect(refused).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED' });
});
