// reader-subjects.ts — whole parts to be damaged: those that ClickHouse wrote, and some that Winnow writes.

import { createRandom } from '../../src/base/random.ts';
import { WinnowError } from '../../src/base/errors.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { type CodecChain, t64Types } from '../../src/parts/codec.ts';
import { Part } from '../../src/parts/part.ts';
import type { PartSchema } from '../../src/parts/schema.ts';
import { sortBlock } from '../../src/parts/sort-block.ts';
import type { Block } from '../../src/types/column.ts';
import { columnOf } from '../../src/types/value.ts';
import { withCodecs } from '../support/damage.ts';
import { goldenParts } from '../support/golden-parts.ts';
import {
  inFolder,
  memoryFiles,
  randomBlock,
  readFolder,
  readLines,
  schemaOf,
  writePart,
} from '../support/parts.ts';
import type { FileBytes } from '../support/plain-part-reader.ts';

export type Subject = {
  readonly name: string;
  /** Where the files seem to lie; it ends in the name of the part. */
  readonly folder: string;
  readonly schema: PartSchema;
  readonly bytes: FileBytes;
  /** The rows, as `linesOf` gives them. */
  readonly lines: readonly string[];
};

/** Every part of the folder that can be read; the others are named in `left`. */
export function goldenSubjects(folder: string): { subjects: Subject[]; left: string[] } {
  const subjects: Subject[] = [];
  const left: string[] = [];
  for (const { name, partName, schema, folder: files } of goldenParts(folder)) {
    try {
      subjects.push(subjectOf(name, partName, schema(), readFolder(files)));
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'NOT_IMPLEMENTED') throw error;
      left.push(`${name}: ${error.message}`);
    }
  }
  return { subjects, left };
}

export async function writtenSubjects(): Promise<Subject[]> {
  return [await smallSubject(), await codecsSubject(), await largeSubject()];
}

/** Rows of a subject that takes its time. */
const MANY_ROWS = 1000;

/** Large ones come seldom. */
export function pickSubject(subjects: readonly Subject[], seed: number): Subject {
  const isLarge = ({ lines }: Subject): boolean => lines.length >= MANY_ROWS;
  const chosen = subjects.filter((subject) => isLarge(subject) === (seed % 20 === 0));
  return chosen[Math.floor(seed / 20) % chosen.length]!;
}

function subjectOf(name: string, partName: string, schema: PartSchema, bytes: FileBytes): Subject {
  const folder = `/parts/${partName}`;
  const files = memoryFiles(folder, bytes);
  const lines = readLines(Part.openSync(files, folder, schema), schema, 8, files);
  return { name, folder, schema, bytes, lines };
}

const everyIndex = [
  { name: 'low', sql: '(k, u)', typeSql: 'minmax', granularity: 1 },
  { name: 'few', sql: 'few', typeSql: 'set(0)', granularity: 2 },
  { name: 'any', sql: '(few, b)', typeSql: 'bloom_filter', granularity: 1 },
  { name: 'words', sql: 'few', typeSql: 'tokenbf_v1(64, 2, 1)', granularity: 3 },
  { name: 'grams', sql: 'f', typeSql: 'ngrambf_v1(2, 32, 1, 0)', granularity: 1 },
];

/** Some granules of every kind of column, and every skip index. */
async function smallSubject(): Promise<Subject> {
  const schema = schemaOf(
    {
      d: 'Date',
      k: 'Int32',
      s: 'Nullable(String)',
      few: 'LowCardinality(String)',
      lists: 'Array(LowCardinality(Nullable(String)))',
      m: 'Map(String, Array(Nullable(UInt8)))',
      u: 'Nullable(UUID)',
      f: 'FixedString(3)',
      b: 'Bool',
      e: "Nullable(Enum8('a' = -2, 'b' = 1))",
      t: 'Tuple(x Float32, y Decimal(18, 3))',
    },
    { orderBy: ['k', 's'], partitionBy: 'toYYYYMM(d)', granularity: 64, indexes: everyIndex },
  );
  const random = randomBlock(schema, 300, 11);
  const days = Array.from({ length: 300 }, (_, row) => `2024-01-${String(1 + (row % 31)).padStart(2, '0')}`);
  const columns = [columnOf({ kind: 'Date' }, days), ...random.columns.slice(1)];
  const arena = new Arena();
  try {
    return await written(
      'some columns of every kind',
      schema,
      sortBlock({ rowCount: 300, columns }, schema.sortingKey, arena),
    );
  } finally {
    arena.release();
  }
}

/** Columns that are compressed by each codec, and by several. */
async function codecsSubject(): Promise<Subject> {
  const types = {
    a: 'UInt64',
    b: 'DateTime64(3)',
    c: 'Float64',
    d: 'Float32',
    e: 'Int32',
    f: 'UInt16',
    g: 'UInt64',
  };
  const chains: readonly CodecChain[] = [
    [{ name: 'Delta', width: 8 }],
    [{ name: 'DoubleDelta', width: 8 }, { name: 'LZ4' }],
    [{ name: 'Gorilla', width: 8 }],
    [{ name: 'Gorilla', width: 4 }, { name: 'LZ4' }],
    [{ name: 'T64', type: t64Types.Int32, hasBitPlanes: false }],
    [{ name: 'T64', type: t64Types.UInt16, hasBitPlanes: true }, { name: 'NONE' }],
    [{ name: 'DoubleDelta', width: 8 }],
  ];
  const schema = schemaOf(types, { orderBy: ['a'], granularity: 50 });
  const rows = Array.from({ length: 400 }, (_, row) => row);
  const values = [
    rows.map((row) => row * row),
    rows.map((row) => row * 1000 + (row % 7)),
    rows.map((row) => Math.sin(row) * 10),
    rows.map((row) => row / 8),
    rows.map((row) => (row % 50) - 20),
    rows.map((row) => row * 3),
    rows.map((row) => BigInt(row) * 2n ** (BigInt(row) % 50n)),
  ];
  const columns = schema.columns.map(({ type }, i) => columnOf(type, values[i]!));
  const plain = await written('codecs', schema, { rowCount: rows.length, columns }, 'all_1_1_0');
  let bytes = plain.bytes;
  for (const [i, name] of Object.keys(types).entries()) bytes = withCodecs(bytes, `${name}.bin`, chains[i]!);
  return subjectOf('codecs', 'all_1_1_0', schema, bytes);
}

/** Files of several blocks, and of several dictionaries. */
async function largeSubject(): Promise<Subject> {
  const schema = schemaOf(
    { k: 'UInt64', s: 'String', r: 'FixedString(40)', lc: 'LowCardinality(String)', a: 'Array(UInt32)' },
    { orderBy: ['k'], partitionBy: 'intDiv(k, 1000000) + 202401', granularity: 1000 },
  );
  const random = createRandom(3);
  const rowCount = 5000;
  const rows = Array.from({ length: rowCount }, (_, k) => k);
  const values = [
    rows,
    rows.map(() => random.bytes(random.int(200))),
    rows.map(() => random.bytes(40)),
    rows.map((k) => `text ${(k * 13) % 9500} ${k > 2500 ? k : ''}`),
    rows.map((k) => Array.from({ length: k % 40 }, () => random.uint32())),
  ];
  const columns = schema.columns.map(({ type }, i) => columnOf(type, values[i]!));
  return written('a large one', schema, { rowCount, columns });
}

function written(
  name: string,
  schema: PartSchema,
  block: Block,
  partName = '202401_1_1_0',
): Promise<Subject> {
  return inFolder(async (folder) => {
    await writePart(`${folder}/${partName}`, schema, [block]);
    return subjectOf(name, partName, schema, readFolder(`${folder}/${partName}`));
  });
}
