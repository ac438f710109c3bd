// Names and small files of a part.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDataType } from '../types/parse-type.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { formatColumns, parseColumns } from './columns-file.ts';
import { escapeFileName, streamFileName } from './file-name.ts';
import { decodeMarks, MarksBuilder, marksFormatOf } from './marks-file.ts';
import {
  activeNames,
  comparePartNames,
  covers,
  formatPartName,
  parsePartName,
  type PartName,
  sharesBlocks,
} from './part-name.ts';

const part = (text: string) => parsePartName(text)!;

describe('part names', () => {
  test('a name says its partition, blocks, level and mutation, and is printed as it was read', () => {
    expect(parsePartName('202401_1_5_2')).toEqual({
      partitionId: '202401',
      minBlock: 1,
      maxBlock: 5,
      level: 2,
    });
    expect(parsePartName('all_7_7_0_12')).toMatchObject({ partitionId: 'all', mutation: 12 });
    for (const name of ['202401_1_5_2', '-5-1_1_1_0', 'all_7_7_0_12'])
      expect(formatPartName(part(name))).toBe(name);
  });

  test.each([
    '',
    'all',
    'all_1_1',
    'tmp_insert_all_1_1_0',
    'all_2_1_0',
    'all_1_1_0_',
    'a b_1_1_0',
    'detached',
  ])('%j is no part', (name) => expect(parsePartName(name)).toBeUndefined());

  test('a merged part covers its sources, and nothing of another partition or a later mutation', () => {
    expect(covers(part('all_1_3_1'), part('all_2_2_0'))).toBe(true);
    expect(covers(part('all_1_3_1'), part('all_1_3_1'))).toBe(true);
    expect(covers(part('all_1_3_1'), part('all_3_4_1'))).toBe(false);
    expect(covers(part('all_1_3_1'), part('all_2_2_2'))).toBe(false);
    expect(covers(part('all_1_3_1'), part('all_2_2_0_9'))).toBe(false);
    expect(covers(part('a_1_3_1'), part('b_2_2_0'))).toBe(false);
  });

  test('active are those that no other covers, and sharing is found whenever two of them do', () => {
    const names = fc.uniqueArray(
      fc
        .tuple(
          fc.constantFrom('a', 'b'),
          fc.nat(6),
          fc.nat(3),
          fc.nat(2),
          fc.constantFrom('', '', '_3', '_5'),
        )
        .map(([id, first, more, level, mutation]) => `${id}_${first}_${first + more}_${level}${mutation}`),
      { maxLength: 7 },
    );
    fc.assert(
      fc.property(names, (texts) => {
        const all = texts.map(part);
        const { active, covered, sharing } = activeNames(all);
        const isActive = (name: PartName): boolean =>
          !all.some((other) => other !== name && covers(other, name));
        const doShare = all
          .filter(isActive)
          .some((a, i, some) => some.slice(i + 1).some((b) => sharesBlocks(a, b)));
        expect(sharing !== undefined).toBe(doShare);
        if (sharing) return;
        expect(active).toEqual(all.filter(isActive).sort(comparePartNames));
        expect(covered.map(({ name }) => name)).toHaveLength(all.length - active.length);
        for (const { name, by } of covered) expect(covers(by, name) && active.includes(by)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('parts that overlap share blocks', () => {
    expect(sharesBlocks(part('all_1_3_1'), part('all_3_4_1'))).toBe(true);
    expect(sharesBlocks(part('all_1_3_1'), part('all_4_4_0'))).toBe(false);
    expect(sharesBlocks(part('a_1_3_1'), part('b_3_4_1'))).toBe(false);
  });
});

describe('file names', () => {
  test('letters, digits and underscore stay, every other byte is escaped', () => {
    expect(escapeFileName('a/b%c-d_e.f')).toBe('a%2Fb%25c%2Dd_e%2Ef');
    expect(escapeFileName('Ünï')).toBe('%C3%9Cn%C3%AF');
  });

  test('a name of 128 characters is replaced by its hash, one of 127 is not', () => {
    expect(streamFileName('x'.repeat(127))).toBe('x'.repeat(127));
    // hex(reverse(sipHash128(repeat('x', 128)))) in ClickHouse.
    expect(streamFileName('x'.repeat(128))).toBe('f9beb391fcfa9fb48afc52129f8884dc');
  });
});

describe('columns.txt', () => {
  const columns = [
    { name: 'id', type: parseDataType('UInt64') },
    { name: 'a `quoted`\\ name\n', type: parseDataType("Enum8('x\\'y' = 1)") },
    { name: 'm', type: parseDataType('Map(String, Array(LowCardinality(Nullable(String))))') },
  ];

  test('names and types read back', () => {
    const bytes = formatColumns(columns);
    expect(bytes.toString()).toMatch(/^columns format version: 1\n3 columns:\n`id` UInt64\n`a \\`quoted\\`/);
    expect(parseColumns(bytes, 'columns.txt')).toEqual(columns);
  });

  test.each([
    ['', 'a count'],
    ['columns format version: 2\n0 columns:\n', 'a count'],
    ['columns format version: 1\n2 columns:\n`a` UInt8\n', '2 lines'],
    ['columns format version: 1\n1 columns:\n`a` UInt8', '1 lines'],
    ['columns format version: 1\n1 columns:\na UInt8\n', 'backticks'],
    ['columns format version: 1\n1 columns:\n`a` UInt9\n', 'a type of column a'],
    ['columns format version: 1\n2 columns:\n`a` UInt8\n`a` UInt8\n', 'names that differ'],
  ])('%j is damaged', (text, expected) => {
    expect(() => parseColumns(Buffer.from(text), 'p/columns.txt')).toThrow(
      new RegExp(`damaged data in p/columns.txt: expected .*${expected}`),
    );
  });

  test('a type that Winnow does not have is refused with the column and the file', () => {
    const text = 'columns format version: 1\n1 columns:\n`ip` Variant(UInt8)\n';
    expect(() => parseColumns(Buffer.from(text), 'p/columns.txt')).toThrow(/column ip of p\/columns.txt/);
  });
});

/** Of u64 each. */
function numbersOf(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 8);
  numbers.forEach((number, i) => bytes.writeBigUInt64LE(BigInt(number), 8 * i));
  return bytes;
}

describe('marks', () => {
  test('marks read back, with the last one apart', () => {
    const builder = new MarksBuilder();
    builder.add(0, 0);
    builder.add(0, 65_536);
    builder.add(5000, 0);
    builder.add(9000, 0);
    const marks = decodeMarks(builder.encode([8192, 8192, 17], marksFormatOf('a.mrk2')!), 'a.mrk2', {
      dataBytes: 9000,
    });
    expect([...marks.rows]).toEqual([8192, 8192, 17]);
    expect([...marks.blockOffsets]).toEqual([0, 0, 5000, 9000]);
    expect([...marks.offsetsInBlock]).toEqual([0, 65_536, 0, 0]);
    expect(marks.hasFinalMark).toBe(true);
  });

  test('without a mark of the end, the stream ends with its file', () => {
    const bytes = numbersOf([0, 0, 10, 50, 7, 5]);
    const marks = decodeMarks(bytes, 'a.mrk2', { dataBytes: 9000 });
    expect([[...marks.rows], [...marks.blockOffsets], [...marks.offsetsInBlock], marks.hasFinalMark]).toEqual(
      [[10, 5], [0, 50, 9000], [0, 7, 0], false],
    );
  });

  test('granules of marks without rows are those of the table', () => {
    const bytes = numbersOf([0, 0, 50, 0, 90, 0]);
    const fixed = { rowCount: 25, granuleRows: 10 };
    expect([...decodeMarks(bytes, 'a.mrk', { dataBytes: 100, fixed }).rows]).toEqual([10, 10, 5]);
    for (const granuleRows of [8, 13])
      expect(() =>
        decodeMarks(bytes, 'a.mrk', { dataBytes: 100, fixed: { rowCount: 25, granuleRows } }),
      ).toThrow(`a.mrk: expected marks of 25 rows in granules of ${granuleRows}`);
  });

  test('marks of several positions each follow each other', () => {
    const bytes = numbersOf([0, 0, 5, 0, 10, 5, 3, 9, 0, 4, 20, 0, 20, 0, 0]);
    const marks = decodeMarks(bytes, 'data.mrk3', { dataBytes: 20, positionCount: 2 });
    expect([[...marks.rows], [...marks.blockOffsets], [...marks.offsetsInBlock]]).toEqual([
      [10, 4],
      [0, 5, 5, 9, 20],
      [0, 0, 3, 0, 0],
    ]);
  });

  test('an empty part has no marks', () => {
    expect(decodeMarks(Buffer.alloc(0), 'a.mrk2', { dataBytes: 0 }).rows).toHaveLength(0);
  });

  test.each<[string, number[]]>([
    ['a block behind the end of the file', [9001, 0, 10, 9001, 0, 0]],
    ['no granule before the end', [0, 0, 10, 0, 9, 0, 0, 9, 0]],
    ['a block that goes back', [100, 0, 10, 50, 0, 0]],
    ['an offset that goes back', [100, 10, 10, 100, 9, 0]],
    ['a granule without rows', [0, 0, 10, 0, 5, 0, 0, 9, 10, 0, 9, 0]],
    ['a number beyond 2^53', [2 ** 60, 0, 10, 2 ** 60, 0, 0]],
    ['a granule of 2^40 rows', [0, 0, 2 ** 40, 0, 9, 0]],
  ])('%s is damage', (_, numbers) => {
    expect(() => decodeMarks(numbersOf(numbers), 'p/a.mrk2', { dataBytes: 9000 })).toThrow(
      /damaged data in p\/a.mrk2/,
    );
  });

  test('half a mark is damage', () => {
    expect(() => decodeMarks(Buffer.alloc(25), 'p/a.mrk2', { dataBytes: 9000 })).toThrow(/p\/a.mrk2/);
  });
});

describe('bytes', () => {
  test('numbers and texts read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.uint8Array({ maxLength: 200 }))),
        (items) => {
          const writer = new ByteWriter(1);
          for (const item of items) {
            if (typeof item === 'number') writer.varuint(item);
            else writer.string(item);
          }
          const reader = new ByteReader(writer.finish(), 'f');
          for (const item of items) {
            if (typeof item === 'number') expect(reader.varuint()).toBe(item);
            else expect(reader.string().equals(item)).toBe(true);
          }
          reader.end();
        },
      ),
    );
  });

  test('nothing is read behind the end', () => {
    const reader = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes), 'p/f');
    expect(() => reader(0x80).varuint()).toThrow(/damaged data in p\/f/);
    expect(() => reader(...Array<number>(12).fill(0xff)).varuint()).toThrow(/without end/);
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f).varuint()).toThrow(/below 2\^53/);
    expect(() => reader(5, 1, 2).string()).toThrow(/expected 5 bytes at 1, found 2/);
    expect(() => reader(1).end()).toThrow(/expected the end at 0/);
  });
});
