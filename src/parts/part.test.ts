// Parts: what is written reads back, for every type and every cut into blocks and granules.

import { expect, test } from 'vitest';
import {
  allTypes,
  codedNumberTypes,
  compositeTypes,
  lowCardinalityTypes,
} from '../../test/support/random-columns.ts';
import { sliceBlock } from '../types/block.ts';
import { runSimulation } from '../testing/simulated-ports.ts';
import { typeName } from '../types/data-type.ts';
import { Part } from './part.ts';
import { PartWriter } from './part-writer.ts';
import {
  files,
  inFolder,
  linesOf,
  randomBlock,
  readLines,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';

const everyType = [...allTypes, ...lowCardinalityTypes, ...codedNumberTypes, ...compositeTypes].map((type) =>
  typeName(type),
);

test.each(everyType)('rows of type %s read back, whatever the blocks and granules', async (type) => {
  const schema = schemaOf({ v: type, after: 'UInt8' }, { granularity: 100 });
  const block = randomBlock(schema, 1234, 7);
  const cuts = [0, 1, 150, 700, 1234];
  const blocks = cuts.slice(1).map((end, i) => sliceBlock(block, cuts[i]!, end));
  await inFolder(async (folder) => {
    const part = await writePart(`${folder}/all_1_1_0`, schema, blocks);
    expect(part.rowCount).toBe(1234);
    expect([...part.granuleRows]).toEqual([...Array<number>(12).fill(100), 34]);
    for (const granules of [1, 5, 13])
      expect(readLines(part, schema, granules)).toEqual(linesOf(block, schema));
  });
});

test('after a crash at any moment, a part under its name is whole', async () => {
  const schema = schemaOf({ k: 'UInt32', s: 'LowCardinality(String)' }, { orderBy: ['k'], granularity: 50 });
  const block = randomBlock({ ...schema, columns: schema.columns }, 120, 3);
  const expected = linesOf(block, schema);
  const found = { none: 0, whole: 0 };
  for (let seed = 0; seed < 60; seed++) {
    await runSimulation(seed, async ({ ports, random, startProcess }) => {
      const process = startProcess();
      const write = async (): Promise<void> => {
        const { files } = process.ports;
        await files.makeDirectory('/t');
        const writer = new PartWriter(files, '/t/tmp_insert_1', schema, { sync: true });
        await writer.write(block);
        await writer.finish();
        await files.rename('/t/tmp_insert_1', '/t/all_1_1_0');
        await files.syncDirectory('/t');
      };
      void write();
      for (let turns = random.int(120); turns > 0; turns--) await ports.timers.yield();
      process.kill();
      const names = await ports.files.list('/t');
      if (!names.includes('all_1_1_0')) return void found.none++;
      found.whole++;
      const part = await Part.open(ports.files, '/t/all_1_1_0', schema);
      expect(readLines(part, schema, 8, ports.files)).toEqual(expected);
    });
  }
  expect(Math.min(found.none, found.whole)).toBeGreaterThan(2);
});

test('a part that is given up leaves nothing behind, and one without rows is never made', async () => {
  const schema = schemaOf({ k: 'UInt32' });
  await inFolder(async (folder) => {
    const begun = new PartWriter(files, `${folder}/tmp_1`, schema, { sync: true });
    await begun.write(randomBlock(schema, 10, 1));
    await begun.abort();
    await new PartWriter(files, `${folder}/tmp_2`, schema, { sync: true }).abort();
    expect(await files.list(folder)).toEqual([]);
  });
});

test('a folder that is there already is not written into', async () => {
  const schema = schemaOf({ k: 'UInt32', s: 'String' });
  await inFolder(async (folder) => {
    await writePart(`${folder}/all_1_1_0`, schema, [randomBlock(schema, 10, 1)]);
    const again = new PartWriter(files, `${folder}/all_1_1_0`, schema, { sync: false });
    await expect(again.write(randomBlock(schema, 10, 1))).rejects.toThrow(/exist/i);
  });
});

test('columns that a part cannot keep bounds of are refused before a file is made', () => {
  const writerOf = (types: Record<string, string>, partitionBy?: string): PartWriter =>
    new PartWriter(files, '/nowhere', schemaOf(types, partitionBy === undefined ? {} : { partitionBy }), {
      sync: false,
    });
  expect(() => writerOf({ a: 'Array(UInt8)' }, 'length(a)')).toThrow(
    /PARTITION BY of column a of type Array/,
  );
});
