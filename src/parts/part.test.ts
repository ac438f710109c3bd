// Parts: what is written reads back, for every type and every cut into blocks and granules.

import { expect, test } from 'vitest';
import { allTypes, compositeTypes, lowCardinalityTypes } from '../../test/support/random-columns.ts';
import { sliceBlock } from '../types/block.ts';
import { typeName } from '../types/data-type.ts';
import { inFolder, linesOf, randomBlock, readLines, schemaOf, writePart } from '../../test/support/parts.ts';

const everyType = [...allTypes, ...lowCardinalityTypes, ...compositeTypes].map((type) => typeName(type));

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
