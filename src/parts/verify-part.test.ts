import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hashedAgain, withContent } from '../../test/support/damage.ts';
import {
  files,
  inFolder,
  memoryFiles,
  randomBlock,
  readFolder,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import { Arena } from '../kernels/arena.ts';
import { concatBlocks, sliceBlock, takeBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { ownBlock } from '../types/own-block.ts';
import { columnOf } from '../types/value.ts';
import { decodeChecksums, encodeChecksums, hashOfFile } from './checksums-file.ts';
import type { PartSchema } from './schema.ts';
import { sortBlock } from './sort-block.ts';
import { verifyPart } from './verify-part.ts';

const schema = schemaOf(
  { d: 'Date', k: 'UInt32', s: 'LowCardinality(String)', a: 'Array(String)' },
  { orderBy: ['k'], partitionBy: 'toYYYYMM(d)', granularity: 50 },
);

/** Rows of March 2024, in order. */
function march(): Block {
  const block = randomBlock(schema, 333, 5);
  const days = Array.from({ length: 333 }, (_, row) => `2024-03-${String(1 + (row % 31)).padStart(2, '0')}`);
  const arena = new Arena();
  const sorted = sortBlock(
    { ...block, columns: [columnOf({ kind: 'Date' }, days), ...block.columns.slice(1)] },
    [1],
    arena,
  );
  const copy = concatBlocks([sliceBlock(sorted, 0, 100), sliceBlock(sorted, 100, 333)]);
  arena.release();
  return copy;
}

/** In the order of the first column. */
function sortedRows(of: PartSchema): Block {
  const arena = new Arena();
  const sorted = ownBlock(sortBlock(randomBlock(of, 333, 7), of.sortingKey, arena));
  arena.release();
  return sorted;
}

/** What is wrong with a part that was written of these rows, after `damage` was done to its folder. */
async function problemsOf(
  block: Block,
  damage: (folder: string) => Promise<void> = async () => undefined,
): Promise<string[]> {
  return inFolder(async (root) => {
    const folder = `${root}/202403_1_1_0`;
    await writePart(folder, schema, [block]);
    await damage(folder);
    return (await verifyPart(files, folder, schema)).map(({ message }) => message.replace(`${root}/`, ''));
  });
}

/** Changes a file, and its entry in checksums.txt with it. */
const change =
  (name: string, edit: (bytes: Buffer) => Buffer) =>
  async (folder: string): Promise<void> => {
    const bytes = edit(await readFile(`${folder}/${name}`));
    await writeFile(`${folder}/${name}`, bytes);
    const path = `${folder}/checksums.txt`;
    const checksums = new Map(decodeChecksums(await readFile(path), path));
    checksums.set(name, { sizeBytes: bytes.length, hash: hashOfFile(bytes), decompressed: undefined });
    await writeFile(path, encodeChecksums(checksums));
  };

const turned = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

test('nothing is wrong with what was written', async () => {
  expect(await problemsOf(march())).toEqual([]);
});

test('rows out of order are found', async () => {
  const block = march();
  const rows = Uint32Array.from({ length: 333 }, (_, row) => (row === 99 ? 200 : row === 200 ? 99 : row));
  expect(await problemsOf(takeBlock(block, rows))).toEqual([
    expect.stringMatching(/202403_1_1_0: expected rows in the order of the sorting key, found row 100/),
  ]);
});

test('a row of another partition is found', async () => {
  const block = march();
  const days = Array.from({ length: 333 }, (_, row) => (row === 77 ? '2024-04-01' : '2024-03-01'));
  const problems = await problemsOf({
    ...block,
    columns: [columnOf({ kind: 'Date' }, days), ...block.columns.slice(1)],
  });
  expect(problems).toEqual([
    expect.stringMatching(
      /partition.dat: expected rows of partition 202403, found one of 202404 in granule 1/,
    ),
  ]);
});

test('a primary index that lies is found, at its begin and its end', async () => {
  for (const at of [4, 31])
    expect(
      await problemsOf(
        march(),
        change('primary.idx', (bytes) => turned(bytes, at)),
      ),
    ).toEqual([expect.stringContaining('202403_1_1_0/primary.idx')]);
});

test('bounds that lie are found', async () => {
  const problems = await problemsOf(
    march(),
    change('minmax_d.idx', (bytes) => turned(bytes, 0)),
  );
  expect(problems).toEqual([expect.stringContaining('202403_1_1_0/minmax_d.idx')]);
});

test('data of a column that columns.txt has lost is found, which readers take for a column added later', async () => {
  const problems = await problemsOf(march(), async (folder) => {
    const text = await readFile(`${folder}/columns.txt`, 'utf8');
    await writeFile(`${folder}/columns.txt`, text.replace('4 columns', '3 columns').replace(/`a` .*\n/, ''));
  });
  expect(problems).toEqual(
    [expect.stringContaining('/a.size0.bin'), expect.stringContaining('/a.bin')].reverse(),
  );
});

test('a skip index that does not say what the rows are is found, and marks of it that lie', async () => {
  const index = (name: string, sql: string, typeSql: string) => ({ name, sql, typeSql, granularity: 2 });
  const indexed = schemaOf(
    { k: 'UInt32', s: 'LowCardinality(String)', n: 'Nullable(Int32)' },
    {
      orderBy: ['k'],
      granularity: 50,
      indexes: [
        index('low', '(k, n)', 'minmax'),
        index('few', 's', 'set(0)'),
        index('any', 'lower(s)', 'bloom_filter'),
        index('part', 's', 'tokenbf_v1(64, 2, 1)'),
      ],
    },
  );
  const block = sortedRows(indexed);
  await inFolder(async (root) => {
    const folder = `${root}/all_1_1_0`;
    await writePart(folder, indexed, [block]);
    const whole = readFolder(folder);
    expect(await verifyPart(files, folder, indexed)).toEqual([]);
    for (const name of ['skp_idx_low.idx2', 'skp_idx_few.idx', 'skp_idx_any.idx', 'skp_idx_part.idx']) {
      const damaged = withContent(whole, name, (content) => turned(content, content.length - 1));
      const found = await verifyPart(memoryFiles(folder, damaged), folder, indexed);
      expect(found.map(({ message }) => message)).toEqual([expect.stringContaining(name)]);
    }
    const marks = whole.get('skp_idx_low.mrk2')!;
    const moved = hashedAgain(whole, 'skp_idx_low.mrk2', turned(marks, 24 + 8));
    expect(await verifyPart(memoryFiles(folder, moved), folder, indexed)).toMatchObject([
      { message: expect.stringContaining('skp_idx_low.mrk2') },
    ]);
  });
});

test('a changed byte of any file is found in that file', async () => {
  await inFolder(async (root) => {
    const folder = `${root}/202403_1_1_0`;
    const part = await writePart(folder, schema, [march()]);
    for (const name of part.checksums.keys()) {
      const bytes = await readFile(`${folder}/${name}`);
      await writeFile(`${folder}/${name}`, turned(bytes, bytes.length - 1));
      const problems = await verifyPart(files, folder, schema);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.every(({ message }) => message.includes(`${folder}/${name}`))).toBe(true);
      await writeFile(`${folder}/${name}`, bytes);
    }
    expect(await verifyPart(files, folder, schema)).toEqual([]);
  });
});

test('a file that does not belong to the part is found', async () => {
  const problems = await problemsOf(march(), (folder) => writeFile(`${folder}/stray.txt`, 'x'));
  expect(problems).toEqual([expect.stringContaining('202403_1_1_0/stray.txt')]);
});
