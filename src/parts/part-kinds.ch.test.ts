// Parts of every kind that ClickHouse writes, by its settings: all rows are read as ClickHouse prints them, whole and
// granule by granule in any order.

import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import {
  files,
  inFolder,
  linesOf,
  nestedColumn,
  nestedTypes,
  randomBlock,
  readLines,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import {
  allTypes,
  codedNumberTypes,
  compositeTypes,
  lowCardinalityTypes,
  simpleAggregateTypes,
} from '../../test/support/random-columns.ts';
import { createRandom } from '../base/random.ts';
import { Arena } from '../kernels/arena.ts';
import { expandDictionary } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { typeName } from '../types/data-type.ts';
import { columnOf } from '../types/value.ts';
import { Part } from './part.ts';
import { PartReader } from './part-reader.ts';
import type { PartSchema } from './schema.ts';
import { verifyPart } from './verify-part.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

const ROW_COUNT = 1000;

const types = [
  ...allTypes,
  ...lowCardinalityTypes,
  ...codedNumberTypes,
  ...compositeTypes,
  ...simpleAggregateTypes,
].map((type) => typeName(type));
/** Columns that mostly hold the default, so that ClickHouse stores them sparsely. */
const sparseTypes = [
  ...allTypes.map((type) => typeName(type)),
  "Enum8('minus' = -1, 'zero' = 0, 'one' = 1)",
  'Tuple(UInt32, s String, t Tuple(a Nullable(String), b UUID))',
].map((type) => type.replace('UInt32, s', 'n UInt32, s'));
const named = {
  ...Object.fromEntries(types.map((type, i) => [`v${i}_`, type])),
  ...Object.fromEntries(sparseTypes.map((type, i) => [`z${i}_`, type])),
  'an odd.`name`': 'Nullable(String)',
  ...nestedTypes,
};
const schema = schemaOf({ n: 'UInt64', ...named }, { orderBy: ['n'], granularity: 100 });

/** The column with the default in all rows but a few; of enums with a 0, that. */
function mostlyDefault(column: Column): Column {
  const builder = createColumnBuilder(column.type);
  const { type } = column;
  const isZero = type.kind === 'Enum8' && type.entries.some(({ value }) => value === 0);
  for (let row = 0; row < column.rowCount; row++) {
    if (row % 23 === 5 || (row > 400 && row < 410)) builder.appendFrom(column, row);
    else if (isZero) builder.appendNumber(0);
    else builder.appendDefault();
  }
  return builder.finish();
}

function makeBlock(): Block {
  const random = randomBlock(schema, ROW_COUNT, seed);
  const numbers = columnOf(
    { kind: 'UInt64' },
    Array.from({ length: ROW_COUNT }, (_, n) => n),
  );
  const columns = random.columns.map((column, i) => {
    const { name } = schema.columns[i]!;
    if (name in nestedTypes) return nestedColumn(name, ROW_COUNT);
    return i === 0 ? numbers : name.startsWith('z') ? mostlyDefault(column) : column;
  });
  return { rowCount: ROW_COUNT, columns };
}

type Variant = {
  readonly what: string;
  readonly table: readonly string[];
  readonly insert?: readonly string[];
  /** A file that shows the kind. */
  readonly file: string;
  /** Files of where sparse values stand. */
  readonly sparse: boolean;
};

const wide = 'min_bytes_for_wide_part = 0';
const inlineTexts = "string_serialization_version = 'single_stream'";
const noSparse = 'ratio_of_defaults_for_sparse_serialization = 1';
const sparse = 'ratio_of_defaults_for_sparse_serialization = 0.5';
const plainMarks = 'compress_marks = 0, compress_primary_key = 0';
const smallDictionaries = ['low_cardinality_max_dictionary_size = 7'];

const variants: readonly Variant[] = [
  { what: 'Compact, by default', table: [], file: 'data.cmrk4', sparse: true },
  { what: 'Compact, much of it sparse', table: [sparse], file: 'data.cmrk4', sparse: true },
  {
    what: 'Compact, marks per column',
    table: ['write_marks_for_substreams_in_compact_parts = 0', sparse],
    file: 'data.cmrk3',
    sparse: true,
  },
  {
    what: 'Compact, plain marks per column, texts with their lengths',
    table: ['write_marks_for_substreams_in_compact_parts = 0', inlineTexts, noSparse, plainMarks],
    file: 'data.mrk3',
    sparse: false,
  },
  { what: 'Compact, plain marks', table: [plainMarks, noSparse], file: 'data.mrk4', sparse: false },
  { what: 'Wide, by default', table: [wide], file: 'n.cmrk2', sparse: true },
  { what: 'Wide, much of it sparse', table: [wide, sparse], file: 'n.cmrk2', sparse: true },
  {
    what: 'Wide, sparse Nullable',
    table: [wide, sparse, "nullable_serialization_version = 'allow_sparse'"],
    file: 'n.cmrk2',
    sparse: true,
  },
  {
    what: 'Compact, sparse Nullable, lengths of outer texts only',
    table: [
      sparse,
      "nullable_serialization_version = 'allow_sparse'",
      'propagate_types_serialization_versions_to_nested_types = 0',
    ],
    file: 'data.cmrk4',
    sparse: true,
  },
  {
    what: 'Wide, lengths of outer texts only, dictionaries that overflow',
    table: [wide, sparse, 'propagate_types_serialization_versions_to_nested_types = 0'],
    insert: smallDictionaries,
    file: 'n.cmrk2',
    sparse: true,
  },
  {
    what: 'Wide, several dictionaries',
    table: [wide, noSparse, plainMarks],
    insert: [...smallDictionaries, 'low_cardinality_use_single_dictionary_for_part = 0'],
    file: 'n.mrk2',
    sparse: false,
  },
  {
    what: 'Wide, dictionaries of one part',
    table: [wide, noSparse, inlineTexts],
    insert: [...smallDictionaries, 'low_cardinality_use_single_dictionary_for_part = 1'],
    file: 'n.cmrk2',
    sparse: false,
  },
  {
    what: 'Wide, fixed granules, plain marks',
    table: [wide, 'index_granularity_bytes = 0', plainMarks, inlineTexts, noSparse],
    file: 'n.mrk',
    sparse: false,
  },
  {
    what: 'Wide, fixed granules',
    table: [wide, 'index_granularity_bytes = 0', sparse],
    file: 'n.cmrk',
    sparse: true,
  },
  {
    what: 'Wide, no final mark',
    table: [wide, 'write_final_mark = 0', noSparse],
    file: 'n.cmrk2',
    sparse: false,
  },
];

const always = [
  'index_granularity = 100',
  'allow_nullable_key = 1',
  'allow_suspicious_low_cardinality_types = 1',
  'old_parts_lifetime = 1000',
];

/** All rows, granule after granule in an order of chance. */
function readShuffled(part: Part, of: PartSchema): string[] {
  const random = createRandom(seed);
  const reader = new PartReader(files, part);
  const arena = new Arena();
  const lines: string[][] = [];
  try {
    const granules = Array.from(part.granuleRows, (_, granule) => granule);
    for (const start of granules.sort(() => random.int(3) - 1)) {
      arena.rewind();
      const read = of.columns.map(({ name }) =>
        expandDictionary(reader.read(name, { start, end: start + 1 }, arena)),
      );
      lines[start] = linesOf({ rowCount: part.granuleRows[start]!, columns: read }, of);
    }
    return lines.flat();
  } finally {
    arena.release();
    reader.close();
  }
}

/** Names of columns that differ in some row. */
function differing(found: readonly string[], expected: readonly string[]): string[] {
  if (found.length !== expected.length) return ['rows'];
  const names = new Set<string>();
  for (const [row, line] of found.entries()) {
    if (line === expected[row]) continue;
    const values = expected[row]!.split('\t');
    line.split('\t').forEach((value, i) => {
      if (value !== values[i]) names.add(schema.columns[i]!.name);
    });
  }
  return [...names];
}

describe(`seed ${seed}`, () => {
  let clickHouse: ClickHouse;
  let lines: readonly string[];

  beforeAll(async () => {
    clickHouse = new ClickHouse();
    const block = makeBlock();
    lines = linesOf(block, schema);
    clickHouse.createTable('source', schema);
    await inFolder(async (folder) => {
      const { folder: written } = await writePart(`${folder}/all_1_1_0`, schema, [block]);
      await clickHouse.attach('source', written);
    });
    expect(differing(await clickHouse.lines('SELECT * FROM d.source ORDER BY n'), lines)).toEqual([]);
  });
  afterAll(() => clickHouse[Symbol.dispose]());

  test.each(variants.map((variant, i) => [variant.what, variant, `t${i}`] as const))(
    '%s',
    async (_, { table: settings, insert = [], file, sparse: isSparse }, table) => {
      clickHouse.query(
        `CREATE TABLE d.${table} AS d.source ENGINE = MergeTree ORDER BY n SETTINGS ${[...always, ...settings].join(', ')}`,
      );
      clickHouse.query(
        `INSERT INTO d.${table} SELECT * FROM d.source ORDER BY n
         SETTINGS ${['max_threads = 1', ...insert].join(', ')}`,
      );
      const [folder] = await clickHouse.parts(table);
      const found = await readdir(folder!);
      expect(found).toContain(file);
      if (file.startsWith('n')) expect(found.some((name) => /sparse\.idx/.test(name))).toBe(isSparse);
      const part = await Part.open(files, folder!, schema);
      expect([part.rowCount, part.granuleRows.length, part.index[0]!.rowCount]).toEqual([ROW_COUNT, 10, 11]);
      for (const granules of [10, 3, 1])
        expect(differing(readLines(part, schema, granules), lines)).toEqual([]);
      expect(differing(readShuffled(part, schema), lines)).toEqual([]);
      expect(await verifyPart(files, folder!, schema)).toEqual([]);
    },
  );
});

test('dictionaries that overflow over many granules are read from any of them, as inserted and as merged', async () => {
  using clickHouse = new ClickHouse();
  const types = {
    n: 'UInt64',
    few: 'LowCardinality(String)',
    many: 'LowCardinality(String)',
    all: 'LowCardinality(Nullable(String))',
    numbers: 'LowCardinality(UInt32)',
    lists: 'Array(LowCardinality(Nullable(String)))',
  };
  const large = schemaOf(types, { orderBy: ['n'], granularity: 1000 });
  const columns = Object.entries(types).map(([name, type]) => `${name} ${type}`);
  clickHouse.query('SET allow_suspicious_low_cardinality_types = 1');
  clickHouse.query(
    `CREATE TABLE d.large (${columns.join(', ')}) ENGINE = MergeTree ORDER BY n
     SETTINGS index_granularity = 1000, old_parts_lifetime = 1000, ${wide}`,
  );
  const insert = (from: number): string =>
    clickHouse.query(
      `INSERT INTO d.large SELECT number AS n, concat('few ', toString(n % 100)), concat('many ', toString(n * 7 % 9000)),
       if(n % 10 = 0, NULL, concat('all ', toString(n))), n * 3 % 10007, if(n % 3 = 0, [], [NULL, concat('list ', toString(n % 11000))])
       FROM numbers(${from}, 20000) SETTINGS max_threads = 1, max_block_size = 5000, min_insert_block_size_rows = 20000`,
    );
  insert(0);
  const lines = (): Promise<string[]> => clickHouse.lines('SELECT * FROM d.large ORDER BY n');
  for (const stage of ['inserted', 'merged']) {
    if (stage === 'merged') {
      insert(20_000);
      clickHouse.query('OPTIMIZE TABLE d.large FINAL');
    }
    const [folder] = await clickHouse.parts('large');
    const part = await Part.open(files, folder!, large);
    const expected = await lines();
    expect(readLines(part, large, 7)).toEqual(expected);
    expect(readShuffled(part, large)).toEqual(expected);
  }
});
