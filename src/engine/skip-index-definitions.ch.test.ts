// skip-index-definitions.ch.test.ts — INDEX means the same to ClickHouse: what it takes, how it prints it, by which number it
// refuses.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { WinnowError } from '../base/errors.ts';
import type { CreateTable } from '../sql/ast.ts';
import { parseStatement } from '../sql/parser.ts';
import { parseDataType } from '../types/parse-type.ts';
import { skipIndexDefinitions } from './skip-index-definitions.ts';

let clickHouse: ClickHouse;
beforeAll(() => {
  clickHouse = new ClickHouse();
});
afterAll(() => clickHouse[Symbol.dispose]());

const columns = `a UInt32, s String, fs FixedString(4), f Float64, d Date, dec Decimal(9, 2), u UUID, e Enum8('x' = 1),
  ns Nullable(String), ni Nullable(Int32), lc LowCardinality(String), lcn LowCardinality(Nullable(String)),
  texts Array(String), numbers Array(UInt32), an Array(Nullable(String)), alc Array(LowCardinality(String)),
  aa Array(Array(String)), ad Array(Decimal(9, 2)), t Tuple(UInt32, String), m Map(String, String),
  state AggregateFunction(sum, UInt64), d32 Date32, i256 Int256, ip6 IPv6`;

/** `INDEX …, INDEX …` as ClickHouse prints them, or the number of its error. */
function ofClickHouse(indexes: string): string {
  try {
    clickHouse.query(`CREATE TABLE d.t (${columns}, ${indexes}) ENGINE = MergeTree ORDER BY tuple()`);
  } catch (error) {
    return /Code: (\d+)/.exec(String(error))![1]!;
  }
  const shown = clickHouse.query(
    "SELECT create_table_query FROM system.tables WHERE database = 'd' AND name = 't'",
  );
  clickHouse.query('DROP TABLE d.t SYNC');
  return shown.slice(shown.indexOf('INDEX'), shown.indexOf(') ENGINE')).replaceAll("\\'", "'");
}

function ofWinnow(indexes: string): string {
  try {
    const statement = parseStatement(
      `CREATE TABLE t (${columns}, ${indexes}) ENGINE = MergeTree ORDER BY tuple()`,
    );
    const { columns: written, indexes: declared } = statement as CreateTable;
    const types = written.map(({ name, type }) => ({ name, type: parseDataType(type.text) }));
    return skipIndexDefinitions(declared, types)!
      .map(
        ({ name, sql, typeSql, granularity }) =>
          `INDEX ${name} ${sql} TYPE ${typeSql} GRANULARITY ${granularity}`,
      )
      .join(', ');
  } catch (error) {
    if (error instanceof WinnowError) return String(error.number);
    throw error;
  }
}

const kinds = ['minmax', 'set(3)', 'bloom_filter', 'ngrambf_v1(3, 64, 2, 0)', 'tokenbf_v1(64, 2, 0)'];
const names = columns.split(/,\s+(?=\w+ [A-Z])/).map((column) => column.split(' ')[0]!);
const typesOfColumns = names.flatMap((name) => kinds.map((kind) => `INDEX i ${name} TYPE ${kind}`));

const arguments_ = [
  'minmax GRANULARITY 0',
  'minmax GRANULARITY 300',
  'minmax GRANULARITY 1.5',
  'minmax()',
  'MinMax',
  'set',
  'set()',
  'set(0)',
  'set(-1)',
  'set(1.5)',
  'set(1, 2)',
  "set('1')",
  'bloom_filter()',
  'bloom_filter(0.0250)',
  'bloom_filter(1e-3)',
  'bloom_filter(0)',
  'bloom_filter(1)',
  'bloom_filter(-0.1)',
  "bloom_filter('a')",
  'bloom_filter(0.1, 2)',
  'ngrambf_v1',
  'ngrambf_v1(3,256,2,0)',
  'ngrambf_v1(3, 256, 2)',
  'ngrambf_v1(0, 256, 2, 0)',
  'ngrambf_v1(3, 0, 2, 0)',
  'ngrambf_v1(3, 256, 0, 0)',
  'ngrambf_v1(3, -1, 2, 0)',
  'ngrambf_v1(3, 256, 2, 18446744073709551615)',
  'tokenbf_v1(256, 2, 7)',
  'tokenbf_v1(256, 2)',
  'tokenbf_v1(0, 2, 0)',
  "tokenbf_v1('256', 2, 0)",
  'unheard_of',
].map((type) => `INDEX i s TYPE ${type}`);

const expressions = [
  'INDEX i (a, s) TYPE minmax',
  'INDEX i a + 1 TYPE minmax GRANULARITY 2',
  'INDEX i (a, lower(s)) TYPE set(100)',
  'INDEX i mapKeys(m) TYPE bloom_filter',
  'INDEX i (s, fs, texts) TYPE tokenbf_v1(64, 1, 3)',
  "INDEX i s LIKE '%a%' TYPE set(2)",
  'INDEX i nowhere TYPE minmax',
  'INDEX i a TYPE minmax, INDEX j a TYPE set(1)',
  'INDEX i a TYPE minmax, INDEX i s TYPE minmax',
  'INDEX i sum(a) TYPE minmax',
  'INDEX i now() TYPE minmax',
  'INDEX i 1 TYPE minmax',
  'INDEX i (a, 1) TYPE minmax',
  'INDEX i (a, a) TYPE minmax',
  'INDEX i tuple() TYPE minmax',
  'INDEX i a GRANULARITY 1',
  'INDEX i a AS x TYPE set(10)',
];

/** Winnow has neither bounds nor sets of composite values, and no sets of states. */
const notImplemented = /^INDEX i (?:(?:texts|numbers|an|alc|aa|ad|t|m) TYPE (?:minmax|set)|state TYPE set)/;

/** ClickHouse takes the index, and then no row. */
const unusable = 'INDEX i an TYPE bloom_filter';

test.each([...typesOfColumns, ...arguments_, ...expressions])('%s', (indexes) => {
  if (notImplemented.test(indexes)) expect(ofWinnow(indexes)).toBe('48');
  else if (indexes === unusable) expect(ofWinnow(indexes)).toBe('44');
  else expect(ofWinnow(indexes)).toBe(ofClickHouse(indexes));
});
