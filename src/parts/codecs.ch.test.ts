// Codecs against ClickHouse: what it compresses by each of them is read.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { files, linesOf, readLines, schemaOf, writePart } from '../../test/support/parts.ts';
import { createRandom } from '../base/random.ts';
import type { Block } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import { Part } from './part.ts';
import { verifyPart } from './verify-part.ts';
import { zstdDecompress } from './zstd.ts';

const rowCount = 30_000;
const columns: Readonly<Record<string, { type: string; codec: string; value: (n: number) => unknown }>> = {
  n: { type: 'UInt64', codec: 'ZSTD', value: (n) => n },
  level1: { type: 'UInt32', codec: 'ZSTD(1)', value: (n) => (n * 7919) % 100_003 },
  level22: { type: 'String', codec: 'ZSTD(22)', value: (n) => `text ${n % 700} of ${n % 13}` },
  long: {
    type: 'String',
    codec: 'ZSTD(3, 24)',
    value: (n) => (n % 999 === 0 ? 'long '.repeat(9000 + n) : ''),
  },
  same: { type: 'String', codec: 'ZSTD(1)', value: () => 'same' },
  noise: { type: 'Float64', codec: 'ZSTD(9)', value: (n) => Math.sin(n * n) },
  nothing: { type: 'Nullable(Int16)', codec: 'ZSTD(1)', value: (n) => (n % 3 === 0 ? null : -n % 300) },
};

const schema = schemaOf(Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type])), {
  orderBy: ['n'],
  granularity: 1000,
});
const block: Block = {
  rowCount,
  columns: schema.columns.map(({ name, type }) =>
    columnOf(
      type,
      Array.from({ length: rowCount }, (_, n) => columns[name]!.value(n) as never),
    ),
  ),
};

describe('a column per codec', () => {
  let clickHouse: ClickHouse;
  let folder: string;
  let theirs: Part;

  beforeAll(async () => {
    clickHouse = new ClickHouse();
    folder = await mkdtemp(path.join(tmpdir(), 'winnow-codecs-'));
    const ours = await writePart(`${folder}/all_1_1_0`, schema, [block]);
    clickHouse.createTable('plain', schema);
    await clickHouse.attach('plain', ours.folder);
    const clauses = Object.entries(columns).map(([name, { codec }]) => [name, `CODEC(${codec})`]);
    clickHouse.createTable('theirs', schema, Object.fromEntries(clauses));
    clickHouse.query('INSERT INTO d.theirs SELECT * FROM d.plain ORDER BY n SETTINGS max_threads = 1');
    theirs = await Part.open(files, (await clickHouse.parts('theirs'))[0]!, schema);
  });
  afterAll(async () => {
    clickHouse[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  test.each(Object.entries(columns))('%s %o is read', (name, { type }) => {
    const alone = schemaOf({ [name]: type });
    const column = block.columns[schema.columns.findIndex((each) => each.name === name)]!;
    expect(readLines(theirs, alone, 5)).toEqual(linesOf({ rowCount, columns: [column] }, alone));
  });

  test('the verifier finds nothing wrong', async () => {
    expect(await verifyPart(files, theirs.folder, schema)).toEqual([]);
  });

  test('damaged ZSTD frames give the bytes asked for, or nothing', async () => {
    const frames = (
      await Promise.all(['n', 'level22', 'long', 'same', 'nothing'].map((name) => zstdFrames(theirs, name)))
    ).flat();
    const random = createRandom(7);
    let refused = 0;
    for (const { payload, sizeBytes } of frames) {
      expect(zstdDecompress(payload, new Uint8Array(sizeBytes))).toBe(true);
      expect(zstdDecompress(payload, new Uint8Array(sizeBytes + 1))).toBe(false);
      expect(zstdDecompress(payload, new Uint8Array(sizeBytes - 1))).toBe(false);
      expect(zstdDecompress(Buffer.concat([payload, payload]), new Uint8Array(sizeBytes))).toBe(false);
    }
    for (let i = 0; i < 300; i++) {
      const { payload, sizeBytes } = frames[random.int(frames.length)]!;
      const damaged = Buffer.from(payload);
      damaged[random.int(10) === 0 ? random.int(12) : random.int(damaged.length)]! ^= 1 << random.int(8);
      const cut = random.int(3) === 0 ? damaged.subarray(0, random.int(damaged.length)) : damaged;
      if (!zstdDecompress(cut, new Uint8Array(sizeBytes))) refused++;
    }
    expect(refused).toBeGreaterThan(40);
  });
});

/** Small frames of a column's data file. */
async function zstdFrames(part: Part, stream: string): Promise<{ payload: Buffer; sizeBytes: number }[]> {
  const data = await readFile(`${part.folder}/${stream}.bin`);
  const frames: { payload: Buffer; sizeBytes: number }[] = [];
  for (let at = 0; at < data.length; at += 16 + data.readUInt32LE(at + 17)) {
    expect(data[at + 16]).toBe(0x90);
    const payload = data.subarray(at + 25, at + 16 + data.readUInt32LE(at + 17));
    if (payload.length < 20_000) frames.push({ payload, sizeBytes: data.readUInt32LE(at + 21) });
  }
  return frames.slice(0, 2);
}
