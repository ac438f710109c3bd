import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import type { Statement } from './ast.ts';
import { parseExpression, parseScript, parseStatement } from './parser.ts';
import { printStatement } from './printer.ts';

/** The statement, or the error that tells the user what is wrong; anything else is thrown. */
function attempt(text: string): Statement | WinnowError {
  try {
    return parseStatement(text);
  } catch (error) {
    if (error instanceof WinnowError) return error;
    throw error;
  }
}

function failure(text: string): WinnowError {
  const outcome = attempt(text);
  if (outcome instanceof WinnowError) return outcome;
  throw new Error(`parsed: ${text}`);
}

/** Text, and the canonical text when that is another one. */
const statements: readonly [text: string, canonical?: string][] = [
  ['SELECT 1'],
  ['select a b, c as d, from t', 'SELECT a AS b, c AS d FROM t'],
  ['SELECT DISTINCT a FROM t AS x FINAL USE INDEX (PRIMARY) WHERE a = 1'],
  ['(SELECT ALL 1)', 'SELECT 1'],
  ['SELECT a FROM (SELECT 1 AS a) AS s'],
  ['SELECT number FROM numbers(10) AS n'],
  [
    'SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 1 ORDER BY a DESC NULLS FIRST, b LIMIT 10 OFFSET 5',
  ],
  ['SELECT a FROM t RIGHT OUTER JOIN u USING (a)', 'SELECT a FROM t RIGHT JOIN u USING (a)'],
  ['SELECT a FROM t JOIN d.u ON t.a = u.a', 'SELECT a FROM t INNER JOIN d.u ON t.a = u.a'],
  [
    'SELECT * FROM t x LEFT OUTER JOIN u AS y USING a, b ALL INNER JOIN v USING (c), w CROSS JOIN z WHERE a',
    'SELECT * FROM t AS x LEFT JOIN u AS y USING (a, b) INNER JOIN v USING (c) CROSS JOIN w CROSS JOIN z WHERE a',
  ],
  [
    'SELECT a FROM (SELECT 1 AS a) AS s LEFT ALL JOIN t USE INDEX (i) ON a = b AND c IN (SELECT 2)',
    'SELECT a FROM (SELECT 1 AS a) AS s LEFT JOIN t USE INDEX (i) ON a = b AND c IN (SELECT 2)',
  ],
  ['SELECT a FROM t LIMIT 5, 10', 'SELECT a FROM t LIMIT 10 OFFSET 5'],
  ['SELECT a FROM t OFFSET 5'],
  ['SELECT 1 FORMAT JSON SETTINGS a = 1', 'SELECT 1 SETTINGS a = 1 FORMAT JSON'],
  ["SELECT 1 SETTINGS a = -1, b = 'x', c = true FORMAT TSV"],
  ['WITH 1 AS x, q AS (SELECT 2) SELECT x FROM q'],
  ['WITH (SELECT max(a) FROM t) AS m SELECT m'],
  ['CREATE DATABASE IF NOT EXISTS shop'],
  ['CREATE DATABASE shop ENGINE = Atomic'],
  [
    `CREATE TABLE shop.orders (order_id UInt64, status Enum8('new' = 1, 'paid'=2) DEFAULT 'new' COMMENT 'state', note String NULL,
     key Int8 NOT NULL) ENGINE RowTable PRIMARY KEY order_id SHARD BY hash(order_id) INTO 8 COLOCATE WITH shop.customers
     TTL created_at + INTERVAL 90 DAY SETTINGS max_versions = 1 COMMENT 'it''s'`,
    "CREATE TABLE shop.orders (order_id UInt64, status Enum8('new' = 1, 'paid' = 2) DEFAULT 'new' COMMENT 'state', " +
      'note Nullable(String), key Int8) ENGINE = RowTable PRIMARY KEY (order_id) SHARD BY hash(order_id) INTO 8 ' +
      "COLOCATE WITH shop.customers TTL created_at + INTERVAL 90 DAY SETTINGS max_versions = 1 COMMENT 'it\\'s'",
  ],
  ['CREATE TABLE t (a UInt8 PRIMARY KEY, b UInt8,)', 'CREATE TABLE t (a UInt8, b UInt8) PRIMARY KEY (a)'],
  [
    'CREATE TABLE t (a UInt8, PRIMARY KEY (a)) ENGINE = RowTable()',
    'CREATE TABLE t (a UInt8) ENGINE = RowTable PRIMARY KEY (a)',
  ],
  ['CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY tuple()'],
  ['CREATE TABLE t (a Int8) ENGINE = MergeTree'],
  ['CREATE TABLE t (a Int8) ENGINE = RowTable PRIMARY KEY (a) SHARD BY mod(a, 4)'],
  [
    'CREATE UNIQUE INDEX TABLE IF NOT EXISTS d.i ON d.t (a, b) SHARD BY hash(a) INTO 8 LAYOUT COVERING (c) WHERE c != 1 SETTINGS lanes = 2',
  ],
  ['CREATE INDEX TABLE i ON t (a)', 'CREATE INDEX TABLE i ON t (a) LAYOUT KEYS'],
  ['CREATE INDEX TABLE i ON t (a) UNSHARDED IN d LAYOUT FULL'],
  ['CREATE INDEX TABLE i ON t (lower(a) AS b, c) LAYOUT SPLIT (d AS e, f + 1)'],
  ["CREATE TABLE t (a UInt8 DEFAULT 1 COMMENT 'x' CODEC(Delta(1), LZ4HC()), b Int8 CODEC(Default))"],
  [
    "CREATE INDEX TABLE i ON t LAYOUT COLUMNAR (a CODEC(T64('bit')), lower(b) AS c CODEC(NONE), d) ORDER BY (a)",
  ],
  ['CREATE INDEX TABLE i ON t LAYOUT COLUMNAR (a, b) PARTITION BY toYYYYMM(b) ORDER BY (a, b)'],
  [
    'CREATE INDEX TABLE i ON t ORDER BY a INDEX j lower(b) TYPE set(7) INDEX k b TYPE minmax GRANULARITY 3 LAYOUT COLUMNAR (b)',
    'CREATE INDEX TABLE i ON t LAYOUT COLUMNAR (b) ORDER BY (a) INDEX j lower(b) TYPE set(7) GRANULARITY 1 INDEX k b TYPE minmax GRANULARITY 3',
  ],
  [
    'CREATE TABLE t (INDEX i (a, lower(b)) TYPE bloom_filter(0.01) GRANULARITY 4, a UInt8, index j b + 1 type MinMax(), b String)',
    'CREATE TABLE t (a UInt8, b String, INDEX i (a, lower(b)) TYPE bloom_filter(0.01) GRANULARITY 4, INDEX j b + 1 TYPE MinMax() GRANULARITY 1)',
  ],
  [
    'CREATE TABLE t (a UInt8, INDEX `i j` (a) LIKE `TYPE` TYPE set(0))',
    'CREATE TABLE t (a UInt8, INDEX `i j` a LIKE TYPE TYPE set(0) GRANULARITY 1)',
  ],
  [
    "CREATE TABLE t (index Enum8('a' = 1) NOT NULL, INDEX UInt8)",
    "CREATE TABLE t (`index` Enum8('a' = 1), `INDEX` UInt8)",
  ],
  ['DROP DATABASE IF EXISTS d'],
  ['DROP TABLE IF EXISTS d.t SYNC', 'DROP TABLE IF EXISTS d.t'],
  ['DROP INDEX TABLE i'],
  ['truncate t', 'TRUNCATE TABLE t'],
  ['optimize table d.t', 'OPTIMIZE TABLE d.t'],
  ["OPTIMIZE TABLE t PARTITION (1, 'a') FINAL SETTINGS x = 1"],
  ["OPTIMIZE TABLE t PARTITION ID '2024-1'"],
  ["SELECT * FROM 'a.csv' AS x, 'b.csv'", "SELECT * FROM file('a.csv') AS x CROSS JOIN file('b.csv')"],
  ["alter table d.t attach part 'all_1_1_0'", "ALTER TABLE d.t ATTACH PART 'all_1_1_0'"],
  ["ALTER TABLE t DETACH PARTITION (1, 'a')"],
  ["ALTER TABLE t ATTACH PARTITION ID '2024-1'"],
  ['CHECK TABLE d.t'],
  ["CHECK TABLE t PART 'all_1_1_0' SETTINGS x = 0 FORMAT JSON"],
  ['CHECK TABLE t PARTITION 202401'],
  ['CHECK INDEX TABLE d.i'],
  ['REPAIR INDEX TABLE d.i FORMAT JSON'],
  [
    'check index table i shards (0,3) settings x = 1 format JSON',
    'CHECK INDEX TABLE i SHARDS (0, 3) SETTINGS x = 1 FORMAT JSON',
  ],
  [
    "INSERT INTO TABLE t (a, `b c`) SETTINGS x = 1 VALUES (1, 'a') (-2, NULL), (now() + 1, DATE '2001-01-01');",
    "INSERT INTO t (a, `b c`) SETTINGS x = 1 VALUES (1, 'a'), (-2, NULL), (now() + 1, CAST('2001-01-01' AS Date))",
  ],
  ['INSERT INTO t FORMAT Values (1), (2)', 'INSERT INTO t VALUES (1), (2)'],
  ['INSERT INTO t (SELECT 1)', 'INSERT INTO t SELECT 1'],
  ['INSERT INTO t (a) WITH 1 AS x SELECT x'],
  ['UPDATE d.t SET a = a + 1, b = NULL WHERE c IN (1, 2) SETTINGS x = 1'],
  ['ALTER TABLE t UPDATE a = 1 WHERE b', 'UPDATE t SET a = 1 WHERE b'],
  ['ALTER TABLE t DELETE WHERE b', 'DELETE FROM t WHERE b'],
  ['DELETE FROM t'],
  ['EXPLAIN SELECT 1', 'EXPLAIN PLAN SELECT 1'],
  ['EXPLAIN FUNNEL ANALYZE WHY json = 1 SELECT 1 FORMAT JSON'],
  ['EXPLAIN SYNTAX INSERT INTO t VALUES (1)'],
  ['SHOW DATABASES FORMAT JSON'],
  ["SHOW TABLES IN d LIKE 'a%'", "SHOW TABLES FROM d LIKE 'a%'"],
  ['SHOW CREATE d.t', 'SHOW CREATE TABLE d.t'],
  ['SHOW CREATE INDEX TABLE i', 'SHOW CREATE TABLE i'],
  ['SHOW INDEXES IN t', 'SHOW INDEX FROM t'],
  ['SHOW KEYS FROM t FROM d', 'SHOW INDEX FROM d.t'],
  ["SHOW SETTINGS LIKE 'max%'"],
  ['DESC t', 'DESCRIBE TABLE t'],
  ['EXISTS t', 'EXISTS TABLE t'],
  ['USE d'],
  ["SET a = 1, b = 'x'"],
  ['SYSTEM STOP LANES'],
  ['system start lanes d.i', 'SYSTEM START LANES d.i'],
  ['SYSTEM REWIND LANES d.i TO 12'],
  ['system replay lanes i', 'SYSTEM REPLAY LANES i'],
  ['begin', 'BEGIN TRANSACTION'],
  ['start transaction', 'BEGIN TRANSACTION'],
  ['commit;', 'COMMIT'],
  ['rollback', 'ROLLBACK'],
  ['REBUILD INDEX TABLE d.i'],
  ['ALTER INDEX TABLE d.i MODIFY LAYOUT COVERING (a, lower(b) AS c)'],
  [
    'alter index table i modify layout columnar (a) order by b',
    'ALTER INDEX TABLE i MODIFY LAYOUT COLUMNAR (a) ORDER BY (b)',
  ],
  [
    "ALTER INDEX TABLE i MODIFY SHARDS 16, MODIFY SETTING lanes = 4, null_keys = 'sparse', MODIFY LAYOUT KEYS",
  ],
];

describe('the parser', () => {
  test.each(statements.map(([text, canonical]) => [text, canonical ?? text]))(
    'reads %s',
    (text, canonical) => {
      expect(printStatement(parseStatement(text))).toBe(canonical);
    },
  );

  test.each([
    ['SELECT a FROM t PREWHERE a', 'PREWHERE', 17],
    ['SELECT a FROM t GLOBAL ANY LEFT JOIN u USING a', 'GLOBAL JOIN', 17],
    ['SELECT a FROM t ANY LEFT JOIN u USING a', 'ANY JOIN', 17],
    ['SELECT a FROM t LEFT SEMI JOIN u USING a', 'SEMI JOIN', 22],
    ['SELECT a FROM t RIGHT ANTI JOIN u USING a', 'ANTI JOIN', 23],
    ['SELECT a FROM t FULL OUTER JOIN u USING a', 'FULL JOIN', 17],
    ['SELECT a FROM t ASOF JOIN u USING a', 'ASOF JOIN', 17],
    ['SELECT a FROM t LEFT ARRAY JOIN b', 'ARRAY JOIN', 17],
    ['SELECT 1 UNION ALL SELECT 2', 'UNION', 10],
    ['SELECT a FROM t GROUP BY a WITH TOTALS', 'TOTALS', 28],
    ['SELECT a FROM t GROUP BY ROLLUP(a)', 'ROLLUP', 26],
    ['SELECT a FROM t LIMIT 1 BY a', 'LIMIT … BY', 25],
    ['SELECT a FROM t SAMPLE 0.1', 'SAMPLE', 17],
    ['SELECT sum(a) OVER (ORDER BY b) FROM t', 'window function', 15],
    ['SELECT a FROM t QUALIFY a', 'QUALIFY', 17],
    ['SELECT f(x -> x)', 'lambda', 12],
    ['SELECT a IN b', 'IN without', 13],
    ['SELECT EXISTS(SELECT 1)', 'EXISTS', 8],
    ['SELECT INTERVAL 1 MILLISECOND', 'MILLISECOND', 19],
    ['CREATE TABLE t (a UInt8 TTL a)', 'TTL', 25],
    ['CREATE TABLE t (a UInt8 MATERIALIZED 1)', 'MATERIALIZED', 25],
    ['CREATE TABLE t (a UInt8, CONSTRAINT c CHECK a)', 'CONSTRAINT', 26],
    ['CREATE TABLE t (a UInt8) AS SELECT 1', 'AS', 26],
    ['CREATE TABLE t AS u', 'AS', 16],
    ['CREATE VIEW v AS SELECT 1', 'CREATE VIEW', 1],
    ['CREATE OR REPLACE TABLE t (a Int8)', 'OR REPLACE', 1],
    ['CREATE PIPELINE p', 'PIPELINE', 1],
    ['ALTER TABLE t ADD COLUMN a UInt8', 'ADD COLUMN', 1],
    ['ALTER TABLE t ATTACH PARTITION 1 FROM u', 'ATTACH PARTITION … FROM', 34],
    ["ALTER TABLE t DETACH PART 'a', DETACH PART 'b'", 'ALTER TABLE of several actions', 30],
    ['ALTER INDEX TABLE i RENAME TO j', 'ALTER INDEX TABLE … RENAME TO', 21],
    ['SAVEPOINT s', 'SAVEPOINT', 1],
    ['ROLLBACK TO s', 'ROLLBACK TO SAVEPOINT', 10],
    ['CHECK ALL TABLES', 'CHECK ALL', 1],
    ['OPTIMIZE TABLE t FINAL DEDUPLICATE', 'OPTIMIZE … DEDUPLICATE', 24],
    ['OPTIMIZE TABLE t FINAL CLEANUP', 'OPTIMIZE … CLEANUP', 24],
    ['OPTIMIZE TABLE t PARTITION ALL', 'PARTITION ALL', 28],
    ['GRANT SELECT ON t TO u', 'GRANT', 1],
    ['RENAME TABLE t TO u', 'RENAME TABLE', 1],
    ['ATTACH TABLE t', 'ATTACH TABLE', 1],
    ['SYSTEM FLUSH LOGS', 'SYSTEM FLUSH LOGS', 1],
    ['SHOW PROCESSLIST', 'SHOW PROCESSLIST', 1],
    ['EXPLAIN PIPELINE SELECT 1', 'EXPLAIN PIPELINE', 9],
  ])('names what %s has and Winnow has not', (text, feature, column) => {
    const error = failure(text);
    expect(error.code).toBe('NOT_IMPLEMENTED');
    expect(error.message).toContain(feature);
    expect(error.position).toEqual({ offset: column - 1, line: 1, column });
  });

  test.each([
    ['SELCT 1', 1, 'SELECT'],
    ['SELECT a FORM t', 10, 'FROM'],
    ['SELECT count() FORM t WHERE a = 1', 16, 'FROM'],
    ['SELECT a FROM t WEHRE a = 1', 17, 'WHERE'],
    ['SELECT a FROM t GRUOP BY a', 17, 'GROUP'],
    ['SELECT a FROM t ODER BY a', 17, 'ORDER'],
    ['SELECT a FROM t ORDER YB a', 23, 'BY'],
    ['SELECT a FROM t ORDER BY a DECS', 28, 'DESC'],
    ['SELECT a FROM t LIMT 1', 17, 'LIMIT'],
    ['SELECT a FROM t WHERE a ADN b', 25, 'AND'],
    ['SELECT a FROM t WHERE a BETWEN 1 AND 2', 25, 'BETWEEN'],
    ['SELECT CASE WHEN a THEM b END', 20, 'THEN'],
    ['INSERT INTO t VALEUS (1)', 15, 'VALUES'],
    ['INSRT INTO t VALUES (1)', 1, 'INSERT'],
    ['UPDATE t STE a = 1', 10, 'SET'],
    ['CREATE TABEL t (a UInt8)', 8, 'TABLE'],
    ['CREATE TABLE t (a UInt8) ENGIN = RowTable', 26, 'ENGINE'],
    ['CREATE TABLE t (a UInt8) PRIMARY KYE (a)', 34, 'KEY'],
    ['CREATE INDEX TABLE i ON t (a) LAYOUT COVERNG (b)', 38, 'COVERING'],
    ['EXPLAIN FUNEL SELECT 1', 9, 'FUNNEL'],
    ['SHOW TABELS', 6, 'TABLES'],
  ])('points at the slip in %s', (text, column, meant) => {
    const error = failure(text);
    expect(error.code).toBe('SYNTAX_ERROR');
    expect(error.position?.column).toBe(column);
    expect(error.hint).toBe(`did you mean ${meant}?`);
  });

  test('says where, what stands there and what could, in the words of ClickHouse', () => {
    const error = failure('SELECT a\nFROM t\n  WHERE );');
    expect(error.number).toBe(62);
    expect(error.fullMessage).toBe(
      'Syntax error: failed at position 25 ()) (line 3, col 9) );. Expected one of: expression.',
    );
    expect(failure('SELECT (1').message).toBe('Syntax error: failed at position 10 (end of query)');
    expect(failure("SELECT 'abc").message).toBe(
      "a string is not closed: Syntax error: failed at position 8 ('abc)",
    );
    expect(failure(`SELECT 1 1${'0'.repeat(1000)}`).fullMessage.length).toBeLessThan(400);
  });

  test('takes one statement, or several where a script is due', () => {
    expect(failure('SELECT 1; SELECT 2').position?.offset).toBe(10);
    expect(failure('').code).toBe('SYNTAX_ERROR');
    expect(parseStatement('SELECT 1;;').kind).toBe('select');
    expect(parseScript(';SELECT 1;;\nUSE d -- end').map((s) => s.kind)).toEqual(['select', 'use']);
    expect(parseScript('')).toEqual([]);
    expect(() => parseScript('SELECT 1 USE d')).toThrow(WinnowError);
  });

  test.each([
    ['INSERT INTO t FORMAT CSV 1,2', '1,2'],
    ['INSERT INTO t FORMAT CSV\n1,2', '1,2'],
    ['INSERT INTO t FORMAT CSV \t\r\n\n1,2', '\n1,2'],
    ['INSERT INTO t FORMAT JSONEachRow {"a": \'not SQL /*', '{"a": \'not SQL /*'],
    ['INSERT INTO t (a) SETTINGS x = 1 FORMAT TSV\n  1', '  1'],
    ['INSERT INTO t FORMAT CSV', ''],
    ['INSERT INTO t VALUES', ''],
  ])('leaves the data of %j alone', (text, data) => {
    const statement = parseStatement(text);
    if (statement.kind !== 'insert' || statement.source.kind !== 'format')
      throw new Error('not an insert with data');
    expect(text.slice(statement.source.offset)).toBe(data);
  });

  test.each([
    '(',
    'f(',
    '- ',
    'NOT ',
    '1 IN (',
    'CASE WHEN ',
    'CAST(INTERVAL ',
    '(SELECT ',
    'a BETWEEN (',
    '(SELECT * FROM (',
  ])('refuses 100 000 times "%s" with an error of its own', (opening) => {
    expect(failure(`SELECT ${opening.repeat(100_000)}1`).code).toBe('TOO_DEEP_RECURSION');
  });

  test('takes 250 levels of nesting and 900 operators in a row, and not 2000', () => {
    expect(parseExpression('('.repeat(250) + '1' + ')'.repeat(250)).kind).toBe('literal');
    expect(parseExpression(`1${' + 1'.repeat(900)}`).kind).toBe('binary');
    expect(() => parseExpression(`1${' OR 1'.repeat(2000)}`)).toThrow(
      expect.objectContaining({ code: 'TOO_DEEP_RECURSION' }),
    );
    const wide = `f(${Array.from({ length: 5000 }, (_, i) => i).join(', ')})`;
    expect(parseExpression(wide).kind).toBe('call');
  });

  test('gives every node its place', () => {
    const query = parseStatement('SELECT a,\n  b + c AS d\nFROM t');
    if (query.kind !== 'select') throw new Error('not a query');
    expect(query.items.map((item) => item.position)).toEqual([
      { offset: 7, line: 1, column: 8 },
      { offset: 12, line: 2, column: 3 },
    ]);
    expect(query.from?.position).toEqual({ offset: 28, line: 3, column: 6 });
  });

  test('answers any text with a statement or an error that has a code', () => {
    const texts = statements.map(([text]) => text);
    const damaged = fc
      .tuple(fc.constantFrom(...texts), fc.constantFrom(...texts), fc.nat(200), fc.nat(200))
      .map(([a, b, i, j]) => a.slice(0, i) + b.slice(j));
    const tokens = fc
      .array(fc.constantFrom(...texts.join(' ').split(/\b/)), { maxLength: 30 })
      .map((list) => list.join(''));
    fc.assert(
      fc.property(fc.oneof(damaged, tokens, fc.string({ unit: 'binary' })), (text) => {
        const outcome = attempt(text);
        if (outcome instanceof WinnowError) {
          expect(outcome.position?.offset).toBeLessThanOrEqual(text.length);
        } else {
          const printed = printStatement(outcome);
          expect(printStatement(parseStatement(printed))).toBe(printed);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
