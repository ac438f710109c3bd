// Damaged parts of the kinds that only ClickHouse writes, of several granules (test/fuzz/reader-case.ts says what must
// hold). WINNOW_FUZZ_CASES and WINNOW_SEED for longer runs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCase } from '../../test/fuzz/reader-case.ts';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { memoryFiles, readFolder, readLines, schemaOf } from '../../test/support/parts.ts';
import { Part } from './part.ts';

const caseCount = Number(process.env['WINNOW_FUZZ_CASES'] ?? 60);
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

const FOLDER = '/parts/all_1_1_0';

const types = {
  n: 'UInt64',
  s: 'String',
  z: 'UInt32',
  zs: 'String',
  zn: 'Nullable(Int16)',
  t: 'Tuple(a UInt8, b String, c UUID)',
  lc: 'LowCardinality(Nullable(String))',
  ln: 'LowCardinality(UInt16)',
  al: 'Array(LowCardinality(String))',
  m: 'Map(String, Array(Nullable(UInt8)))',
};
const values = `number AS n, concat('text ', toString(n % 60)) AS s, if(n % 20 = 0, n, 0) AS z, if(n % 17 = 0, s, '') AS zs,
  if(n % 13 = 0, n, NULL) AS zn, (n % 2, zs, if(n % 40 = 0, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), toUUID('00000000-0000-0000-0000-000000000000'))) AS t,
  if(n % 7 = 0, NULL, toString(n % 90)) AS lc, n % 50 AS ln, arrayMap(x -> toString(x + n % 5), range(n % 4)) AS al,
  map(s, [NULL, n % 3]) AS m`;
const schema = schemaOf(types, { orderBy: ['n'], granularity: 64 });

const wide = 'min_bytes_for_wide_part = 0';
const sparse =
  "ratio_of_defaults_for_sparse_serialization = 0.5, nullable_serialization_version = 'allow_sparse'";

let clickHouse: ClickHouse;
beforeAll(() => {
  clickHouse = new ClickHouse();
  clickHouse.query('SET allow_suspicious_low_cardinality_types = 1');
});
afterAll(() => clickHouse[Symbol.dispose]());

test.each([
  ['Compact', 'max_compress_block_size = 1048576', ''],
  ['Compact, sparse', sparse, ''],
  [
    'Compact, marks per column',
    `write_marks_for_substreams_in_compact_parts = 0, compress_marks = 0, ${sparse}`,
    '',
  ],
  ['Wide', wide, ''],
  ['Wide, sparse', `${wide}, ${sparse}`, ', low_cardinality_max_dictionary_size = 16'],
  ['Wide, fixed granules', `${wide}, index_granularity_bytes = 0, compress_marks = 0`, ''],
])(
  '%s: damaged, gives its rows or an error that names a file',
  async (name, settings, insert) => {
    const table = `t${name.replace(/\W/g, '')}`;
    const columns = Object.entries(types).map(([column, type]) => `${column} ${type}`);
    clickHouse.query(
      `CREATE TABLE d.${table} (${columns.join(', ')}) ENGINE = MergeTree ORDER BY n
       SETTINGS index_granularity = 64, ${settings}`,
    );
    clickHouse.query(
      `INSERT INTO d.${table} SELECT ${values} FROM numbers(300) SETTINGS max_threads = 1 ${insert}`,
    );
    const bytes = readFolder((await clickHouse.parts(table))[0]!);
    const files = memoryFiles(FOLDER, bytes);
    const lines = readLines(Part.openSync(files, FOLDER, schema), schema, 8, files);
    expect(lines).toEqual(await clickHouse.lines(`SELECT * FROM d.${table} ORDER BY n`));
    let refused = 0;
    for (let i = 0; i < caseCount; i++) {
      const { what, isRefused, complaint } = await runCase(
        { name, folder: FOLDER, schema, bytes, lines },
        seed + i,
      );
      expect(complaint, `case ${i} of seed ${seed}: ${what}`).toBeUndefined();
      if (isRefused) refused++;
    }
    // Some damage is to files that nobody needs, or below the checksums a valid part.
    expect(refused).toBeGreaterThan(0.2 * caseCount);
  },
  60_000 + 400 * caseCount,
);
