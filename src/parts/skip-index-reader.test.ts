// Damaged files of skip indexes: always an error that names the file, never fewer granules than there are.
// WINNOW_FUZZ_CASES and WINNOW_SEED for longer runs.

import { beforeAll, expect, test } from 'vitest';
import { withContent } from '../../test/support/damage.ts';
import {
  inFolder,
  memoryFiles,
  randomBlock,
  readFolder,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import { CorruptionError } from '../base/errors.ts';
import { createRandom } from '../base/random.ts';
import { valueAt } from '../types/value.ts';
import { decodeChecksums, encodeChecksums } from './checksums-file.ts';
import { Part } from './part.ts';
import { ReaderCache } from './reader-cache.ts';
import type { SkipIndex } from './skip-index.ts';
import type { SkipGranules } from './skip-index-reader.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const caseCount = Number(process.env['WINNOW_FUZZ_CASES'] ?? 400);

const types = [
  'minmax',
  'set(0)',
  'set(3)',
  'bloom_filter',
  'ngrambf_v1(2, 32, 2, 0)',
  'tokenbf_v1(32, 2, 0)',
];
const expressions = ['i', 'n', 's', 'l', '(s, n)', 'a'];
const isTaken = (typeSql: string, sql: string): boolean =>
  /bf_v1/.test(typeSql) ? 'sla'.includes(sql) : sql !== 'a' || typeSql === 'bloom_filter';

const schema = schemaOf(
  { i: 'Int32', n: 'Nullable(Float64)', s: 'String', l: 'LowCardinality(String)', a: 'Array(String)' },
  {
    orderBy: ['i'],
    granularity: 5,
    indexes: types.flatMap((typeSql, t) =>
      expressions.flatMap((sql, e) =>
        isTaken(typeSql, sql) ? [{ name: `i${t}_${e}`, sql, typeSql, granularity: 1 + ((t + e) % 3) }] : [],
      ),
    ),
  },
);

let folder: string;
let intact: ReadonlyMap<string, Buffer>;
let granuleCount: number;

beforeAll(async () => {
  await inFolder(async (path) => {
    const part = await writePart(`${path}/all_1_1_0`, schema, [randomBlock(schema, 60, 7)]);
    folder = part.folder;
    granuleCount = part.granuleRows.length;
    intact = readFolder(folder);
  });
});

/** The index whose file it is. */
const indexOf = (name: string): SkipIndex =>
  schema.skipIndexes.find((each) => name.startsWith(`skp_idx_${each.name}.`))!;

const countOf = (name: string): number => Math.ceil(granuleCount / indexOf(name).granularity);

function read(files: ReadonlyMap<string, Buffer>, name: string): SkipGranules {
  const inMemory = memoryFiles(folder, files);
  const part = Part.openSync(inMemory, folder, schema);
  return new ReaderCache(inMemory).skipGranules(part, indexOf(name))!;
}

const indexFiles = (): string[] => [...intact.keys()].filter((name) => /^skp_idx_.*\.idx2?$/.test(name));

function refuses(files: ReadonlyMap<string, Buffer>, name: string): void {
  const attempt = (): unknown => read(files, name);
  expect(attempt).toThrow(CorruptionError);
  expect(attempt).toThrow(name);
}

test('every index has a granule for as many of the part as it covers', () => {
  for (const name of indexFiles()) {
    expect(read(intact, name).count, name).toBe(countOf(name));
  }
});

test('the older minmax file leaves NULL out of bounds, and tells where nothing is known', () => {
  const { name } = schema.skipIndexes.find(({ type, sql }) => type.kind === 'minmax' && sql === 'n')!;
  const [idx2, idx] = [`skp_idx_${name}.idx2`, `skp_idx_${name}.idx`];
  const now = read(intact, idx2);
  const old = read(renamed(withContent(intact, idx2, asOldBounds), idx2, idx), idx);
  if (now.kind !== 'minmax' || old.kind !== 'minmax') return expect.fail('both are minmax');
  const [bounds, before] = [now.bounds[0]!, old.bounds[0]!];
  expect(before.omitsNull).toBe(true);
  expect(old.isKnown).toContain(1);
  for (let granule = 0; granule < now.count; granule++) {
    expect(old.isKnown[granule]).toBe(bounds.high.nulls![granule] === 1 ? 0 : 1);
    if (old.isKnown[granule] === 0) continue;
    for (const side of ['low', 'high'] as const)
      expect(valueAt(before[side], granule)).toEqual(valueAt(bounds[side], granule));
  }
});

/** Granules of a flag and a Float64 twice become one flag, and both numbers unless one of them is NULL. */
function asOldBounds(content: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const values: Buffer[] = [];
    for (let side = 0; side < 2; side++) {
      const isNull = content[at++] === 1;
      if (!isNull) values.push(content.subarray(at, (at += 8)));
    }
    pieces.push(Buffer.of(values.length === 2 ? 0 : 1), ...(values.length === 2 ? values : []));
  }
  return Buffer.concat(pieces);
}

function renamed(files: ReadonlyMap<string, Buffer>, from: string, to: string): ReadonlyMap<string, Buffer> {
  const checksums = new Map(decodeChecksums(files.get('checksums.txt')!, 'checksums.txt'));
  checksums.set(to, checksums.get(from)!);
  checksums.delete(from);
  return new Map([...files, [to, files.get(from)!], ['checksums.txt', encodeChecksums(checksums)]]);
}

test('a file that is not the one in checksums.txt is refused', () => {
  const random = createRandom(seed);
  for (const name of indexFiles()) {
    const bytes = Buffer.from(intact.get(name)!);
    bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
    refuses(new Map([...intact, [name, bytes]]), name);
  }
});

test('content that is shorter or longer is refused, whatever its hash', () => {
  for (const name of indexFiles()) {
    refuses(
      withContent(intact, name, (content) => content.subarray(0, -1)),
      name,
    );
    refuses(
      withContent(intact, name, (content) => Buffer.concat([content, Buffer.of(0)])),
      name,
    );
  }
});

test(`other damage below the hashes is refused, or leaves as many granules, seed ${seed}`, () => {
  const random = createRandom(seed);
  const names = indexFiles();
  let refused = 0;
  for (let n = 0; n < caseCount; n++) {
    const name = random.pick(names);
    const damaged = withContent(intact, name, (content) => {
      const changed = Buffer.from(content);
      const at = random.int(changed.length);
      changed[at] = random.chance(0.3) ? 0xff : random.int(256);
      return changed;
    });
    try {
      expect(read(damaged, name).count).toBe(countOf(name));
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptionError);
      expect(String(error)).toContain(name);
      refused++;
    }
  }
  console.log(`seed ${seed}: ${caseCount} cases, ${refused} refused`);
  // Sizes and counts are a small part of the bytes; filters and values can be any.
  expect(refused).toBeGreaterThan(caseCount / 100);
});
