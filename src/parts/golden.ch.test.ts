// A part that ClickHouse 26.7 wrote: read, written again, and attached by ClickHouse.

import { cp, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import {
  files,
  golden,
  goldenSchema as schema,
  inFolder,
  linesOf,
  readBlock,
  writePart,
} from '../../test/support/parts.ts';
import { createOutput } from '../formats/output.ts';
import type { Block } from '../types/column.ts';
import { Part } from './part.ts';
import { verifyPart } from './verify-part.ts';

/** Opens the golden part from a folder with a part's name. */
async function withGolden(use: (part: Part, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await cp(golden, `${folder}/202401_1_1_0`, { recursive: true });
    await use(await Part.open(files, `${folder}/202401_1_1_0`, schema), folder);
  });
}

function jsonOf(block: Block): string {
  const output = createOutput('JSONEachRow', schema.columns, {
    quote64BitIntegers: false,
    quoteDenormals: false,
  });
  return String(output.block(block));
}

test('the rows of a part that ClickHouse wrote are those it prints', async () => {
  await withGolden(async (part) => {
    // ClickHouse printed them by date.
    const printed = (await readFile(`${golden}.rows.jsonl`, 'utf8')).split('\n');
    expect(jsonOf(readBlock(part, schema)).split('\n').sort()).toEqual(printed.sort());
    expect(await verifyPart(files, part.folder, schema)).toEqual([]);
  });
});

test('the part, read and written again, is attached by ClickHouse with the same rows', async () => {
  using clickHouse = new ClickHouse();
  await withGolden(async (part, folder) => {
    const block = readBlock(part, schema);
    const written = await writePart(`${folder}/202401_2_2_0`, schema, [block]);
    clickHouse.createTable('t', schema);
    await clickHouse.attach('t', written.folder);
    expect(await clickHouse.lines('SELECT * FROM d.t ORDER BY id')).toEqual(linesOf(block, schema));
    expect(clickHouse.check('t')).toEqual([]);
  });
});

test('every file of the part is written again with the same content', async () => {
  await withGolden(async (part, folder) => {
    const written = await writePart(`${folder}/202401_2_2_0`, schema, [readBlock(part, schema)]);
    expect([...written.checksums.keys()].sort()).toEqual([...part.checksums.keys()].sort());
    for (const [name, { hash, decompressed }] of part.checksums) {
      const ours = written.checksums.get(name)!;
      // Under NULL ClickHouse left what its expression computed there.
      if (name === 'n.bin') continue;
      if (decompressed) expect([name, ours.decompressed]).toEqual([name, decompressed]);
      else if (!name.endsWith('.mrk2')) expect([name, ours.hash]).toEqual([name, hash]);
    }
  });
});
