// Damaged parts: every outcome is an error that names a file, or the rows. WINNOW_FUZZ_CASES and WINNOW_SEED for longer runs.
//
// Damage above the checksums must never change a row. Below them a change can be a valid part with other rows; then the
// rows are those that a plain reader finds in the same bytes, which shows that nothing was read from elsewhere.

import { afterAll, expect, test } from 'vitest';
import { type Damaged, damage, damageBelowChecksums } from '../../test/support/damage.ts';
import {
  golden,
  goldenSchema,
  inFolder,
  linesOf,
  memoryFiles,
  randomBlock,
  readFolder,
  readLines,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import { type FileBytes, readPlain } from '../../test/support/plain-part-reader.ts';
import { createRandom, type Random } from '../base/random.ts';
import { WinnowError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import type { Block } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import { Part } from './part.ts';
import type { PartSchema } from './schema.ts';
import { sortBlock } from './sort-block.ts';

const caseCount = Number(process.env['WINNOW_FUZZ_CASES'] ?? 10_000);
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

const FOLDER = '/parts/202401_1_1_0';

type Subject = { readonly schema: PartSchema; readonly bytes: FileBytes; readonly lines: readonly string[] };

function subjectOf(schema: PartSchema, folder: string): Subject {
  const bytes = readFolder(folder);
  const part = Part.openSync(memoryFiles(FOLDER, bytes), FOLDER, schema);
  return { schema, bytes, lines: readLines(part, schema, 8, memoryFiles(FOLDER, bytes)) };
}

/** Some granules of every kind of column. */
async function writtenSubject(): Promise<Subject> {
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
    { orderBy: ['k', 's'], partitionBy: 'toYYYYMM(d)', granularity: 64 },
  );
  const random = randomBlock(schema, 300, 11);
  const days = Array.from({ length: 300 }, (_, row) => `2024-01-${String(1 + (row % 31)).padStart(2, '0')}`);
  const columns = [columnOf({ kind: 'Date' }, days), ...random.columns.slice(1)];
  const arena = new Arena();
  const block: Block = sortBlock({ rowCount: 300, columns }, schema.sortingKey, arena);
  const expected = linesOf(block, schema);
  const subject = await inFolder(async (folder) => {
    await writePart(`${folder}/202401_1_1_0`, schema, [block]);
    return subjectOf(schema, `${folder}/202401_1_1_0`);
  });
  arena.release();
  expect(subject.lines).toEqual(expected);
  return subject;
}

/** Files of several blocks, too large to be checked as a whole when they are opened. */
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
  const subject = await inFolder(async (folder) => {
    await writePart(`${folder}/202401_1_1_0`, schema, [{ rowCount, columns }]);
    return subjectOf(schema, `${folder}/202401_1_1_0`);
  });
  expect(subject.lines).toEqual(linesOf({ rowCount, columns }, schema));
  return subject;
}

/** The rows, read in runs of some granules, or the error. */
function outcome({ schema }: Subject, bytes: FileBytes, random: Random): readonly string[] | Error {
  try {
    const from = memoryFiles(FOLDER, bytes);
    const part = Part.openSync(from, FOLDER, schema);
    return readLines(part, schema, 1 + random.int(6), from);
  } catch (error) {
    return error as Error;
  }
}

/** What is wrong with the outcome; undefined when nothing is. */
function complaint(
  subject: Subject,
  damaged: Damaged,
  isBelow: boolean,
  found: readonly string[] | Error,
): string | undefined {
  if (found instanceof Error) {
    if (!(found instanceof WinnowError)) return `${found.stack}`;
    return found.message.includes(`${FOLDER}/`) ? undefined : `an error that names no file: ${found.message}`;
  }
  const expected = isBelow ? plainLines(subject, damaged.files) : subject.lines;
  if (typeof expected === 'string') return `rows where a plain reader finds none: ${expected}`;
  return found.length === expected.length && found.every((line, i) => line === expected[i])
    ? undefined
    : 'other rows';
}

function plainLines({ schema, lines }: Subject, bytes: FileBytes): readonly string[] | string {
  try {
    const columns = schema.columns.map((column) => readPlain(bytes, column, lines.length));
    return linesOf({ rowCount: lines.length, columns }, schema);
  } catch (error) {
    return String(error);
  }
}

/** Memory that nobody but this file may write. */
const guard = new Arena();
const guarded = guard.u32(65_536).fill(0x5a5a5a5a);
afterAll(() => guard.release());

test.each([
  ['a part that ClickHouse wrote', async () => subjectOf(goldenSchema, golden), caseCount * 0.5],
  ['a part that Winnow wrote', writtenSubject, caseCount * 0.45],
  ['a large part', largeSubject, caseCount * 0.05],
])(
  '%s, damaged, gives its rows or an error that names a file',
  async (_, makeSubject, count) => {
    const subject = await makeSubject();
    expect(plainLines(subject, subject.bytes)).toEqual(subject.lines);
    let errors = 0;
    for (let i = 0; i < count; i++) {
      const random = createRandom(seed + i);
      const isBelow = i % 3 === 0;
      const damaged = (isBelow ? damageBelowChecksums : damage)(subject.bytes, random);
      const found = outcome(subject, damaged.files, random);
      const wrong = complaint(subject, damaged, isBelow, found);
      expect(wrong, `case ${i} of seed ${seed}: ${damaged.what}`).toBeUndefined();
      if (found instanceof Error) errors++;
    }
    // Some damage does nothing: to files that nobody needs, or files of equal content exchanged.
    expect(errors).toBeGreaterThan(0.7 * count);
    expect(guarded.every((word) => word === 0x5a5a5a5a)).toBe(true);
    expect(outcome(subject, subject.bytes, createRandom(1))).toEqual(subject.lines);
  },
  60_000 + 40 * caseCount,
);
