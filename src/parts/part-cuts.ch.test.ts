// Where granules and compressed blocks end, against ClickHouse: block for block and mark for mark.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { files, inFolder, readLines, schemaOf, writePart } from '../../test/support/parts.ts';
import type { Block } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import { decodeMarks } from './marks-file.ts';
import { Part } from './part.ts';
import type { PartSchema, PartSettings } from './schema.ts';
import { verifyPart } from './verify-part.ts';

let clickHouse: ClickHouse;
beforeAll(() => {
  clickHouse = new ClickHouse();
});
afterAll(() => clickHouse[Symbol.dispose]());

type Cut = {
  /** Bytes that each compressed block gives. */
  readonly blocks: readonly number[];
  /** Per mark: which block, the offset in it, and the rows. */
  readonly marks: readonly string[];
};

async function cutOf(
  folder: string,
  stream: string,
  { indexGranularity, indexGranularityBytes }: PartSchema,
): Promise<Cut> {
  const data = await readFile(`${folder}/${stream}.bin`);
  const blocks: number[] = [];
  const numbers = new Map<number, number>();
  for (let at = 0; at < data.length; at += 16 + data.readUInt32LE(at + 17)) {
    numbers.set(at, blocks.length);
    blocks.push(data.readUInt32LE(at + 21));
  }
  numbers.set(data.length, blocks.length);
  const isFixed = indexGranularityBytes === 0;
  const bytes = await readFile(`${folder}/${stream}${isFixed ? '.mrk' : '.mrk2'}`);
  const rowCount = Number(await readFile(`${folder}/count.txt`, 'utf8'));
  const fixed = isFixed ? { rowCount, granuleRows: indexGranularity } : undefined;
  const { blockOffsets, offsetsInBlock, rows } = decodeMarks(bytes, stream, {
    dataBytes: data.length,
    fixed,
  });
  return {
    blocks,
    marks: Array.from(rows, (count, i) => `${numbers.get(blockOffsets[i]!)} ${offsetsInBlock[i]} ${count}`),
  };
}

/** The cuts of `streams`, first of Winnow's part and then of the one that ClickHouse makes of the same rows. */
async function cuts(
  schema: PartSchema,
  block: Block,
  streams: readonly string[],
): Promise<(readonly [stream: string, ours: Cut, theirs: Cut])[]> {
  for (const table of ['ours', 'theirs']) {
    clickHouse.query(`DROP TABLE IF EXISTS d.${table} SYNC`);
    clickHouse.createTable(table, schema);
  }
  return inFolder(async (folder) => {
    const ours: Part = await writePart(`${folder}/all_1_1_0`, schema, [block]);
    await clickHouse.attach('ours', ours.folder);
    clickHouse.query(
      `INSERT INTO d.theirs SELECT * FROM d.ours ORDER BY n SETTINGS max_threads = 1, max_block_size = 1000000,
       preferred_block_size_bytes = 0, min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 0`,
    );
    const [theirs] = await clickHouse.parts('theirs');
    return Promise.all(
      streams.map(
        async (stream) =>
          [stream, await cutOf(ours.folder, stream, schema), await cutOf(theirs!, stream, schema)] as const,
      ),
    );
  });
}

/** Rows with their number, and of each other column the value that its function gives. */
function rowsOf(
  rowCount: number,
  columns: Readonly<Record<string, readonly [type: string, value: (n: number) => unknown]>>,
  settings: Partial<PartSettings> = {},
): { schema: PartSchema; block: Block } {
  const types = Object.entries(columns).map(([name, [type]]) => [name, type] as const);
  const schema = schemaOf({ n: 'UInt64', ...Object.fromEntries(types) }, { orderBy: ['n'], settings });
  const numbers = Array.from({ length: rowCount }, (_, n) => n);
  const values = [numbers, ...Object.values(columns).map(([, value]) => numbers.map(value))];
  return {
    schema,
    block: { rowCount, columns: schema.columns.map(({ type }, i) => columnOf(type, values[i] as never)) },
  };
}

describe('the three rules of compressed blocks, for granules of 8192 rows', () => {
  const rowCount = 40_000;
  const { schema, block } = rowsOf(rowCount, {
    // Less than 64 KiB in a granule, 64 KiB to 1 MiB, and more.
    small: ['UInt32', (n) => n],
    even: ['FixedString(100)', (n) => `row ${n}`],
    large: ['FixedString(200)', (n) => `row ${n}`],
  });
  let found: Map<string, { ours: Cut; theirs: Cut }>;
  beforeAll(async () => {
    const streams = ['n', 'small', 'even', 'large'];
    const all = await cuts(schema, block, streams);
    found = new Map(all.map(([stream, ours, theirs]) => [stream, { ours, theirs }]));
  });

  test.each([
    ['small', [65_536, 65_536, 28_928], ['0 0', '0 32768', '1 0', '1 32768', '2 0']],
    ['n', [65_536, 65_536, 65_536, 65_536, 57_856], ['0 0', '1 0', '2 0', '3 0', '4 0']],
    ['even', [819_200, 819_200, 819_200, 819_200, 723_200], ['0 0', '1 0', '2 0', '3 0', '4 0']],
    [
      'large',
      [1_048_576, 589_824, 1_048_576, 589_824, 1_048_576, 589_824, 1_048_576, 589_824, 1_048_576, 397_824],
      ['0 0', '2 0', '4 0', '6 0', '8 0'],
    ],
  ])('%s', (stream, blocks, places) => {
    const { ours, theirs } = found.get(stream)!;
    const rows = [8192, 8192, 8192, 8192, 7232];
    expect(theirs).toEqual({ blocks, marks: places.map((place, i) => `${place} ${rows[i]}`) });
    expect(ours).toEqual(theirs);
  });
});

test('values that are longer than a block end wherever it does', async () => {
  const { schema, block } = rowsOf(40_000, {
    bits: ['UInt8', (n) => n % 2],
    s: ['String', (n) => `some text of row ${n}`],
    long: ['String', (n) => (n % 2000 === 0 ? 'x'.repeat(400_000) : '')],
  });
  for (const [stream, ours, theirs] of await cuts(schema, block, ['n', 'bits', 's', 'long']))
    expect([stream, ours]).toEqual([stream, theirs]);
});

test.each<readonly [what: string, settings: Partial<PartSettings>]>([
  ['granules of few bytes', { indexGranularityBytes: 20_000 }],
  ['granules of one row', { indexGranularityBytes: 1024, indexGranularity: 3 }],
  ['small blocks', { minCompressBlockBytes: 1000, maxCompressBlockBytes: 5000 }],
  ['blocks smaller than granules', { minCompressBlockBytes: 100_000, maxCompressBlockBytes: 777 }],
  ['fixed granules', { indexGranularityBytes: 0, indexGranularity: 300 }],
  ['large blocks', { minCompressBlockBytes: 3_000_000, maxCompressBlockBytes: 4_000_000 }],
])('settings for %s', async (_, settings) => {
  const { schema, block } = rowsOf(
    5000,
    {
      s: ['String', (n) => 'text '.repeat(n % 50)],
      v: ['Nullable(Float64)', (n) => (n % 3 === 0 ? null : n)],
      a: ['Array(String)', (n) => Array.from({ length: n % 4 }, (__, i) => `${n + i}`)],
      f: ['FixedString(20)', (n) => `f${n}`],
      t: ['Tuple(UInt8, UUID)', (n) => [n % 7, '61f0c404-5cb3-11e7-907b-a6006ad3dba0']],
    },
    settings,
  );
  const streams = ['n', 's', 'v', 'v.null', 'a', 'a.size0', 'f', 't%2E1', 't%2E2'];
  for (const [stream, ours, theirs] of await cuts(schema, block, streams))
    expect([stream, ours]).toEqual([stream, theirs]);
});

test.each([1, 299, 300, 301, 5000])(
  'the files of fixed granules of 300 are those of ClickHouse, for %i rows',
  async (rowCount) => {
    const index = { name: 'i', sql: 's', typeSql: 'set(0)', granularity: 2 };
    const schema = schemaOf(
      { n: 'UInt64', s: 'String' },
      {
        orderBy: ['s', 'n'],
        settings: { indexGranularityBytes: 0, indexGranularity: 300 },
        indexes: [index],
      },
    );
    const numbers = Array.from({ length: rowCount }, (_, n) => n);
    const texts = numbers.map((n) => `text ${String(n).padStart(5, '0')}`);
    const columns = [columnOf(schema.columns[0]!.type, numbers), columnOf(schema.columns[1]!.type, texts)];
    for (const table of ['ours', 'theirs']) {
      clickHouse.query(`DROP TABLE IF EXISTS d.${table} SYNC`);
      clickHouse.createTable(table, schema);
    }
    await inFolder(async (folder) => {
      const ours = await writePart(`${folder}/all_1_1_0`, schema, [{ rowCount, columns }]);
      await clickHouse.attach('ours', ours.folder);
      expect(clickHouse.check('ours')).toEqual([]);
      clickHouse.query('INSERT INTO d.theirs SELECT * FROM d.ours');
      const [folderOfTheirs] = await clickHouse.parts('theirs');
      const theirs = await Part.open(files, folderOfTheirs!, schema);
      expect([...ours.checksums.keys()]).toEqual([...theirs.checksums.keys()]);
      for (const [name, { hash, decompressed }] of theirs.checksums) {
        const found = ours.checksums.get(name)!;
        // Positions in files of compressed blocks depend on how small they were compressed.
        if (decompressed) expect([name, found.decompressed]).toEqual([name, decompressed]);
        else if (!name.endsWith('.mrk')) expect([name, found.hash]).toEqual([name, hash]);
        else expect([name, found.sizeBytes]).toEqual([name, theirs.checksums.get(name)!.sizeBytes]);
      }
      for (const part of [ours, theirs]) {
        expect(await verifyPart(files, part.folder, schema)).toEqual([]);
        expect(readLines(part, schema)).toEqual(numbers.map((n) => `${n}\t${texts[n]}`));
      }
    });
  },
);
