// Which folders are opened as parts, and how the others are refused.

import { beforeAll, expect, test } from 'vitest';
import {
  inFolder,
  memoryFiles,
  randomBlock,
  readFolder,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import type { FileBytes } from '../../test/support/plain-part-reader.ts';
import { decodeChecksums, encodeChecksums, hashOfFile } from './checksums-file.ts';
import { Part } from './part.ts';
import { readPartContents } from './part-contents.ts';

const schema = schemaOf({ k: 'UInt32', s: 'String' }, { orderBy: ['k'], granularity: 100 });
const FOLDER = '/p/all_1_1_0';

let whole: FileBytes;
beforeAll(async () => {
  whole = await inFolder(async (folder) => {
    await writePart(`${folder}/all_1_1_0`, schema, [randomBlock(schema, 250, 1)]);
    return readFolder(`${folder}/all_1_1_0`);
  });
});

/** The part with one file more or another, listed in checksums.txt. */
function withFile(name: string, text: string): FileBytes {
  const checksums = new Map(decodeChecksums(whole.get('checksums.txt')!, 'checksums.txt'));
  const bytes = Buffer.from(text);
  checksums.set(name, { sizeBytes: bytes.length, hash: hashOfFile(bytes), decompressed: undefined });
  return new Map([...whole, [name, bytes], ['checksums.txt', encodeChecksums(checksums)]]);
}

const open = (bytes: FileBytes, folder = FOLDER): Part =>
  Part.openSync(memoryFiles(folder, bytes), folder, schema);

test('a part says its name, rows, granules, index and sizes', () => {
  const part = open(whole);
  expect(part.name).toEqual({ partitionId: 'all', minBlock: 1, maxBlock: 1, level: 0 });
  expect([part.rowCount, [...part.granuleRows], [...part.granuleStarts]]).toEqual([
    250,
    [100, 100, 50],
    [0, 100, 200, 250],
  ]);
  expect(part.index.map((column) => column.rowCount)).toEqual([4]);
  expect(part.partitionValues).toEqual([]);
  const listed = [...whole].filter(([name]) => !['checksums.txt', 'columns.txt'].includes(name));
  expect(part.sizeBytes).toBe(listed.reduce((total, [, { length }]) => total + length, 0));
  expect(part.uncompressedBytes).toBeGreaterThan(1000);
});

test('packed parts are refused by name', () => {
  const refuse = (): unknown => open(withFile('data.packed', ''));
  expect(refuse).toThrow(expect.objectContaining({ code: 'NOT_IMPLEMENTED' }));
  expect(refuse).toThrow(`${FOLDER}/data.packed: packed parts are not supported yet`);
});

test.each([2, 3, 5])('checksums.txt of version %i is refused by name', (version) => {
  const bytes = new Map([
    ...whole,
    ['checksums.txt', Buffer.from(`checksums format version: ${version}\n2 files:\n`)] as const,
  ]);
  expect(() => open(bytes)).toThrow(
    `${FOLDER}/checksums.txt: version ${version} of checksums.txt is not supported yet`,
  );
});

test('checksums.txt that begins with anything else is damage', () => {
  const bytes = new Map([
    ...whole,
    ['checksums.txt', Buffer.from('checksums format version: 44\n')] as const,
  ]);
  expect(() => open(bytes)).toThrow(
    /damaged data in .*checksums.txt: expected 'checksums format version: 4'/,
  );
});

test('marks of several kinds, or of none, are damage', () => {
  expect(() => open(withFile('k.cmrk2', ''))).toThrow(
    /expected marks of one kind, found (.cmrk2 and .mrk2|.mrk2 and .cmrk2)/,
  );
});

const info = (kind: string, string?: number): string =>
  JSON.stringify({
    columns: [{ kind, name: 's', num_defaults: 0, num_rows: 250 }],
    ...(string === undefined ? {} : { types_serialization_versions: { string } }),
    version: string === undefined ? 0 : 1,
  });

test('serialization.json is read for what it changes', () => {
  expect(open(withFile('serialization.json', info('Default'))).rowCount).toBe(250);
  expect(open(withFile('serialization.json', info('Default', 0))).rowCount).toBe(250);
  expect(() => open(withFile('serialization.json', info('Sparse')))).toThrow(
    /s.sparse.idx.mrk2: expected an entry in checksums.txt/,
  );
  expect(() => open(withFile('serialization.json', info('Default', 1)))).toThrow(
    /s.size.mrk2: expected an entry in checksums.txt/,
  );
  expect(() => open(withFile('serialization.json', '{'))).toThrow(/serialization.json: expected JSON/);
});

test.each([
  [info('Replicated'), 'columns of kind Replicated'],
  [info('Default', 2), 'version 2 of type string'],
  ['{"columns": [], "version": 2}', 'version 2'],
  ['{"columns": [], "types_serialization_versions": {"map": 1}, "version": 1}', 'version 1 of type map'],
])('serialization.json of %s is refused by name', (text, what) => {
  expect(() => open(withFile('serialization.json', text))).toThrow(
    `${FOLDER}/serialization.json: ${what} is not supported yet`,
  );
});

test('columns that Winnow does not store are refused with their file', () => {
  const columns = (text: string): FileBytes =>
    new Map([
      ...whole,
      ['columns.txt', Buffer.from(`columns format version: 1\n1 columns:\n${text}\n`)] as const,
    ]);
  expect(() => open(columns('`n.a` Nothing'))).toThrow(/columns.txt: column n.a .* Nothing/);
  expect(() => open(columns('`k` UInt64'))).toThrow(/k.bin: expected 2000 bytes of values, found 1000/);
  expect(() => open(columns('`other` UInt32'))).toThrow(/other.bin: expected an entry in checksums.txt/);
  expect(() => open(columns('`k` Float32'))).toThrow(
    /columns.txt: expected column k of type UInt32, found Float32/,
  );
});

test.each(['checksums.txt', 'columns.txt', 'count.txt', 'primary.idx', 's.bin', 's.mrk2'])(
  'a part without %s is damaged',
  (name) => {
    const bytes = new Map([...whole].filter(([each]) => each !== name));
    expect(() => open(bytes)).toThrow(`damaged data in ${FOLDER}/${name}`);
  },
);

test.each(['', '250\n', '249', '-1', '99999999999', 'x'])('a count.txt of %j is damage', (text) => {
  expect(() => open(withFile('count.txt', text))).toThrow(/damaged data in .*(count.txt|mrk2)/);
});

test('an entry of the primary index too many or too few is damage', () => {
  const index = whole.get('primary.idx')!.toString('latin1');
  const withIndex = (text: string): FileBytes => {
    const bytes = Buffer.from(text, 'latin1');
    const files = new Map(withFile('primary.idx', ''));
    const checksums = new Map(decodeChecksums(files.get('checksums.txt')!, 'checksums.txt'));
    checksums.set('primary.idx', {
      sizeBytes: bytes.length,
      hash: hashOfFile(bytes),
      decompressed: undefined,
    });
    return files.set('primary.idx', bytes).set('checksums.txt', encodeChecksums(checksums));
  };
  expect(open(withIndex(index)).rowCount).toBe(250);
  expect(() => open(withIndex(index.slice(4)))).toThrow(/primary.idx/);
  expect(() => open(withIndex(`${index}abcd`))).toThrow(/primary.idx: expected the end/);
});

test('a folder that bears another partition than its values name is damaged', () => {
  expect(() => open(whole, '/p/202401_1_1_0')).toThrow(
    /partition.dat: expected the values of partition 202401, found all/,
  );
  expect(() => open(whole, '/p/tmp_insert_1')).toThrow(/expected the name of a part/);
});

test('what the folder says by itself needs no schema', () => {
  const contents = readPartContents(memoryFiles(FOLDER, whole), FOLDER, 100);
  expect(contents.columns.map(({ name }) => name)).toEqual(['k', 's']);
  expect(contents.rowCount).toBe(250);
});
