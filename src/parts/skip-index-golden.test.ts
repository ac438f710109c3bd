// skip-index-golden.test.ts — the skip indexes of a part that ClickHouse 26.7 wrote, made again from its rows.

import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { files, inFolder, readBlock, schemaOf, writePart } from '../../test/support/parts.ts';
import { decompressAll } from './compressed-block.ts';
import { Part } from './part.ts';
import { verifyPart } from './verify-part.ts';

const golden = path.join(import.meta.dirname, '../../test/golden/parts/skip_indexes_26.7');

const definitions: Readonly<Record<string, readonly [sql: string, typeSql: string, granularity?: number]>> = {
  b_as: ['as_', 'bloom_filter'],
  b_dt: ['dt', 'bloom_filter'],
  b_e8: ['e8', 'bloom_filter'],
  b_f32: ['f32', 'bloom_filter'],
  b_f64: ['f64', 'bloom_filter'],
  b_fs: ['fs', 'bloom_filter'],
  b_i256: ['i256', 'bloom_filter'],
  b_i32: ['i32', 'bloom_filter'],
  b_ip4: ['ip4', 'bloom_filter'],
  b_ip6: ['ip6', 'bloom_filter'],
  b_lc: ['lc', 'bloom_filter'],
  b_low: ['lower(s)', 'bloom_filter'],
  b_ni: ['ni', 'bloom_filter'],
  b_ns: ['nls', 'bloom_filter'],
  b_s: ['s', 'bloom_filter(0.001)'],
  b_ts: ['ts64', 'bloom_filter'],
  b_two: ['(u8, s)', 'bloom_filter'],
  b_u128: ['u128', 'bloom_filter'],
  b_u32: ['u32', 'bloom_filter(0.01)', 2],
  b_u64: ['u64', 'bloom_filter(0.1)'],
  b_u8: ['u8', 'bloom_filter'],
  b_uu: ['uu', 'bloom_filter'],
  i_mm: ['u32', 'minmax'],
  i_mm2: ['(s, ni)', 'minmax', 3],
  i_mms: ['s', 'minmax'],
  i_set0: ['u8', 'set(0)'],
  i_set100: ['u32', 'set(100)'],
  i_setlc: ['lc', 'set(0)'],
  i_setn: ['ni', 'set(0)'],
  i_sets: ['(s2, u8)', 'set(0)', 2],
  ng: ['txt', 'ngrambf_v1(3, 256, 2, 0)'],
  ng4: ['txt', 'ngrambf_v1(4, 512, 3, 7)', 2],
  tk: ['txt', 'tokenbf_v1(256, 3, 0)'],
  tka: ['as_', 'tokenbf_v1(128, 2, 5)'],
};

/** Of Nullable columns: ClickHouse left under NULL what its expression computed there. */
const undecided = ['skp_idx_b_ns.idx', 'skp_idx_i_setn.idx'];

test('every skip index of the part has the content that its rows give it', async () => {
  const columns = await readFile(`${golden}/columns.txt`, 'utf8');
  const types = Object.fromEntries(
    [...columns.matchAll(/^`(\w+)` (.+)$/gm)].map(([, name, type]) => [name, type!]),
  );
  const indexes = Object.entries(definitions).map(([name, [sql, typeSql, granularity = 1]]) => ({
    name,
    sql,
    typeSql,
    granularity,
  }));
  const schema = schemaOf(types, { granularity: 100, indexes });
  await inFolder(async (folder) => {
    await cp(golden, `${folder}/all_1_1_0`, { recursive: true });
    const part = await Part.open(files, `${folder}/all_1_1_0`, schema);
    const ours = await writePart(`${folder}/all_2_2_0`, schema, [readBlock(part, schema)]);
    const names = [...part.checksums.keys()].filter((name) => /^skp_idx_.*\.idx2?$/.test(name));
    expect(names).toHaveLength(indexes.length);
    const contentOf = async (of: Part, name: string): Promise<string> =>
      decompressAll(await readFile(`${of.folder}/${name}`), name, 1e6).toString('hex');
    for (const name of names.filter((each) => !undecided.includes(each)))
      expect([name, await contentOf(ours, name)]).toEqual([name, await contentOf(part, name)]);
    for (const each of [part, ours]) expect(await verifyPart(files, each.folder, schema)).toEqual([]);
  });
});
