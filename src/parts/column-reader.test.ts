// What a column reader refuses, one by one: content that has right checksums, and is wrong all the same.

import { expect, test } from 'vitest';
import { withContent } from '../../test/support/damage.ts';
import {
  inFolder,
  linesOf,
  memoryFiles,
  readFolder,
  readLines,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import type { FileBytes } from '../../test/support/plain-part-reader.ts';
import { Arena } from '../kernels/arena.ts';
import type { BytesColumn, DictionaryColumn, FixedColumn, ValueInput } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import { Part } from './part.ts';
import { PartReader } from './part-reader.ts';
import type { PartSchema } from './schema.ts';

const FOLDER = '/p/all_1_1_0';

/** The files of a part with one column `v`, in granules of 4 rows. */
async function partOf(
  type: string,
  values: readonly ValueInput[],
): Promise<{ schema: PartSchema; bytes: FileBytes }> {
  const schema = schemaOf({ v: type }, { granularity: 4 });
  const block = { rowCount: values.length, columns: [columnOf(schema.columns[0]!.type, values)] };
  return inFolder(async (folder) => {
    await writePart(`${folder}/all_1_1_0`, schema, [block]);
    const bytes = readFolder(`${folder}/all_1_1_0`);
    expect(read(schema, bytes)).toEqual(linesOf(block, schema));
    return { schema, bytes };
  });
}

function read(schema: PartSchema, bytes: FileBytes): string[] {
  const files = memoryFiles(FOLDER, bytes);
  return readLines(Part.openSync(files, FOLDER, schema), schema, 1, files);
}

const replaced =
  (at: number, ...values: number[]) =>
  (content: Buffer): Buffer => {
    const copy = Buffer.from(content);
    copy.set(values, at);
    return copy;
  };

/** Content of a LowCardinality part begins with flags u64 · rows u64 · codes. */
const firstCode = 16;

test.each<[string, string, readonly ValueInput[], string, (content: Buffer) => Buffer, RegExp]>([
  ['a value too many', 'UInt32', [1, 2, 3], 'v.bin', (content) => Buffer.concat([content, content]), /v.bin/],
  ['half a value', 'UInt32', [1, 2, 3], 'v.bin', (content) => content.subarray(0, 10), /v.bin/],
  ['a Bool of 2', 'Bool', [true, false], 'v.bin', replaced(1, 2), /v.bin: expected flags of 0 or 1, found 2/],
  [
    'a number that the enum has not',
    "Enum8('a' = 1)",
    ['a', 'a'],
    'v.bin',
    replaced(1, 7),
    /another in row 1/,
  ],
  [
    'a NULL flag of 2',
    'Nullable(UInt8)',
    [1, null],
    'v.null.bin',
    replaced(0, 2),
    /v.null.bin: expected flags/,
  ],
  ['a text that ends early', 'String', ['abc', 'de'], 'v.bin', replaced(0, 2), /v.bin: expected 2 texts/],
  [
    'a text that is longer than the file',
    'String',
    ['abc', 'de'],
    'v.bin',
    replaced(4, 9),
    /v.bin: expected 2 texts/,
  ],
  ['bytes behind the last text', 'String', ['abc', 'de'], 'v.bin', replaced(4, 1), /v.bin: expected 2 texts/],
  ['fewer texts than rows', 'String', ['', '', ''], 'v.bin', (content) => content.subarray(0, 2), /v.bin/],
  [
    'half a FixedString',
    'FixedString(4)',
    ['abcd', 'efgh'],
    'v.bin',
    (content) => content.subarray(0, 7),
    /v.bin/,
  ],
  [
    'an array longer than its elements',
    'Array(UInt8)',
    [[1], [2, 3]],
    'v.size0.bin',
    replaced(8, 3),
    /v.bin/,
  ],
  [
    'an array of more texts than bytes',
    'Array(String)',
    [['a'], ['b']],
    'v.size0.bin',
    replaced(3, 0x80),
    /v.bin: expected 2147483650 texts/,
  ],
  ['an array of 2^32 elements', 'Array(UInt8)', [[1], [2, 3]], 'v.size0.bin', replaced(12, 1), /v.size0.bin/],
  [
    'a map with fewer values than keys',
    'Map(String, UInt8)',
    [{ a: 1 }],
    'v%2Evalues.bin',
    () => Buffer.alloc(2),
    /values/,
  ],
  [
    'a code behind the dictionary',
    'LowCardinality(String)',
    ['a', 'b'],
    'v.bin',
    replaced(firstCode, 3),
    /codes below 3, found 3/,
  ],
  [
    'a width of codes that is none',
    'LowCardinality(String)',
    ['a', 'b'],
    'v.bin',
    replaced(0, 3),
    /v.bin: expected flags before 8, found 0x503/,
  ],
  [
    'flags without a dictionary',
    'LowCardinality(String)',
    ['a', 'b'],
    'v.bin',
    replaced(1, 0),
    /v.bin: expected flags/,
  ],
  ['unknown flags', 'LowCardinality(String)', ['a', 'b'], 'v.bin', replaced(2, 1), /v.bin: expected flags/],
  ['fewer codes than rows', 'LowCardinality(String)', ['a', 'b'], 'v.bin', replaced(8, 1), /v.bin/],
  [
    'another version',
    'LowCardinality(String)',
    ['a', 'b'],
    'v.dict.bin',
    replaced(0, 2),
    /v.dict.bin: expected version 1, found 2/,
  ],
  [
    'more texts than there are',
    'LowCardinality(String)',
    ['a', 'b'],
    'v.dict.bin',
    replaced(8, 4),
    /v.dict.bin: expected 4 texts/,
  ],
  [
    'no dictionary',
    'LowCardinality(String)',
    ['a', 'b'],
    'v.dict.bin',
    (content) => content.subarray(0, 8),
    /v.dict.bin: expected a dictionary/,
  ],
  [
    'a NULL that is a text',
    'LowCardinality(Nullable(String))',
    ['a', null],
    'v.dict.bin',
    (content) => Buffer.concat([content.subarray(0, 16), Buffer.from('\x01A'), content.subarray(17)]),
    /v.dict.bin: expected an empty text/,
  ],
])('%s in a column of %s is damage', async (_, type, values, file, change, message) => {
  const { schema, bytes } = await partOf(type, values);
  const damaged = withContent(bytes, file, change);
  expect(() => read(schema, damaged)).toThrow(message);
  expect(() => read(schema, damaged)).toThrow(FOLDER);
});

test('what lies under NULL in a file is not seen', async () => {
  const cases: readonly [string, readonly ValueInput[], (content: Buffer) => Buffer, unknown[]][] = [
    ['Nullable(Int32)', [7, null], replaced(4, 9), [7, 0]],
    ['Nullable(Int64)', [7n, null], replaced(8, 9), [7n, 0n]],
    ["Nullable(Enum8('a' = -3, 'b' = 1))", ['b', null], replaced(1, 1), [1, -3]],
    ['Nullable(FixedString(2))', ['ab', null], replaced(2, 65, 65), ['ab', '\0\0']],
    ['Nullable(String)', ['ab', null, 'c'], () => Buffer.from('\x02ab\x03xyz\x01c'), ['ab', '', 'c']],
  ];
  for (const [type, values, change, expected] of cases) {
    const { schema, bytes } = await partOf(type, values);
    const files = memoryFiles(FOLDER, withContent(bytes, 'v.bin', change));
    const reader = new PartReader(files, Part.openSync(files, FOLDER, schema));
    const arena = new Arena();
    const column = reader.read('v', { start: 0, end: 1 }, arena) as FixedColumn | BytesColumn;
    const found =
      column.layout === 'fixed'
        ? [...column.values]
        : values.map((__, i) => column.bytes.toString('latin1', column.offsets[i], column.offsets[i + 1]));
    expect(found).toEqual(expected);
    arena.release();
    reader.close();
  }
});

test('a file exchanged for another of the same size is found', async () => {
  const [ones, twos] = [await partOf('UInt32', [1, 1, 1, 1]), await partOf('UInt32', [2, 2, 2, 2])];
  const mixed = new Map([...ones.bytes, ['v.bin', twos.bytes.get('v.bin')!] as const]);
  expect(() => read(ones.schema, mixed)).toThrow(/v.bin: expected the hash in checksums.txt/);
});

test('all reads of a part give one dictionary, when it is one', async () => {
  const { schema, bytes } = await partOf('LowCardinality(String)', ['a', 'b', 'a', 'c', 'a', 'b', 'd', '']);
  const files = memoryFiles(FOLDER, bytes);
  const reader = new PartReader(files, Part.openSync(files, FOLDER, schema));
  const arena = new Arena();
  const [first, second] = [0, 1].map((granule) => {
    return reader.read('v', { start: granule, end: granule + 1 }, arena) as DictionaryColumn;
  });
  expect(second!.dictionary).toBe(first!.dictionary);
  expect(first!.codes).toBeInstanceOf(Uint8Array);
  arena.release();
  reader.close();
});
