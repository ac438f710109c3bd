import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeBlock, concatBlocks } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { mergeParts } from './merge-parts.ts';
import {
  files,
  inFolder,
  linesOf,
  randomBlock,
  readLines,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import { Part } from './part.ts';
import { PartWriter } from './part-writer.ts';
import { ReaderCache } from './reader-cache.ts';
import { RowMask } from './row-mask.ts';
import type { PartSchema } from './schema.ts';

/** Rows in the order of the sorting key; equal ones keep theirs. */
function sorted(block: Block, { sortingKey }: PartSchema): Block {
  const rows = Array.from({ length: block.rowCount }, (_, row) => row);
  const compare = (a: number, b: number): number => {
    for (const key of sortingKey) {
      const order = compareAt(block.columns[key]!, a, block.columns[key]!, b);
      if (order !== 0) return order;
    }
    return 0;
  };
  return takeBlock(block, Uint32Array.from(rows.sort(compare)));
}

const without = (block: Block, masked: ReadonlySet<number>): Block =>
  takeBlock(
    block,
    Uint32Array.from(
      Array.from({ length: block.rowCount }, (_, row) => row).filter((row) => !masked.has(row)),
    ),
  );

const always = async (): Promise<boolean> => true;

async function merge(
  folder: string,
  schema: PartSchema,
  sources: readonly { part: Part; mask: RowMask }[],
  memoryBytes: number,
): Promise<{ rowCount: number | undefined; part: Part | undefined }> {
  const readers = new ReaderCache(files);
  const writer = new PartWriter(files, folder, schema, { sync: false });
  const rowCount = await mergeParts(sources, schema, { readers, writer, goesOn: always, memoryBytes });
  readers.close();
  if (!rowCount) {
    await writer.abort();
    return { rowCount, part: undefined };
  }
  await writer.finish();
  return { rowCount, part: await Part.open(files, folder, schema) };
}

const columns = {
  k: 'UInt8',
  s: 'LowCardinality(Nullable(String))',
  n: 'Nullable(Int32)',
  a: 'Array(Tuple(String, Array(UInt16)))',
  m: 'Map(String, LowCardinality(String))',
  u: 'Nullable(UUID)',
};

test.each([[['k']], [['s', 'k']], [['n', 'u']], [[]]])(
  'a merge by %j gives the rows of all parts that are not masked, equal rows in the order of their parts',
  async (orderBy: string[]) => {
    const schema = schemaOf(columns, { orderBy, granularity: 64 });
    const shape = fc.array(
      fc.record({ rows: fc.integer({ min: 1, max: 400 }), masked: fc.constantFrom(0, 0.2, 1) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.nat(),
        fc.constantFrom(0, 20_000, 2 ** 26),
        async (shapes, seed, memoryBytes) => {
          await inFolder(async (folder) => {
            const blocks = shapes.map(({ rows }, i) => sorted(randomBlock(schema, rows, seed + i), schema));
            const masks = shapes.map(
              ({ rows, masked }) =>
                new Set(
                  Array.from({ length: rows }, (_, row) => row).filter(
                    (row) => (row * 31) % 100 < masked * 100,
                  ),
                ),
            );
            const sources = [];
            for (const [i, block] of blocks.entries()) {
              const part = await writePart(`${folder}/all_${i + 1}_${i + 1}_0`, schema, [block]);
              sources.push({ part, mask: RowMask.none.with(masks[i]!) });
            }
            const expected = sorted(
              concatBlocks(blocks.map((block, i) => without(block, masks[i]!))),
              schema,
            );
            const { rowCount, part } = await merge(`${folder}/all_1_9_1`, schema, sources, memoryBytes);
            expect(rowCount).toBe(expected.rowCount);
            if (part) expect(readLines(part, schema)).toEqual(linesOf(expected, schema));
          });
        },
      ),
      { numRuns: 12 },
    );
  },
);

test('a merge that is ended gives no number of rows', async () => {
  const schema = schemaOf({ k: 'UInt32' }, { orderBy: ['k'] });
  await inFolder(async (folder) => {
    const part = await writePart(`${folder}/all_1_1_0`, schema, [
      sorted(randomBlock(schema, 100, 1), schema),
    ]);
    const writer = new PartWriter(files, `${folder}/tmp`, schema, { sync: false });
    const services = { readers: new ReaderCache(files), writer, goesOn: async () => false };
    expect(await mergeParts([{ part, mask: RowMask.none }], schema, services)).toBeUndefined();
    await writer.abort();
    expect(await files.list(folder)).toEqual(['all_1_1_0']);
  });
});

test('a part whose rows are not in order is not merged', async () => {
  const schema = schemaOf({ k: 'UInt32' }, { orderBy: ['k'] });
  await inFolder(async (folder) => {
    const block = sorted(randomBlock(schema, 100, 1), schema);
    const turned = takeBlock(
      block,
      Uint32Array.from({ length: 100 }, (_, row) => 99 - row),
    );
    const part = await writePart(`${folder}/all_1_1_0`, schema, [turned]);
    await expect(merge(`${folder}/tmp`, schema, [{ part, mask: RowMask.none }], 0)).rejects.toThrow(
      /all_1_1_0: expected rows in the order/,
    );
  });
});
