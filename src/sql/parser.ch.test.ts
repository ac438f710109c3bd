import chdb from 'chdb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unreachable } from '../base/assert.ts';
import type { Expression } from './ast.ts';
import { quoteString } from './identifiers.ts';
import { parseExpression, parseStatement } from './parser.ts';
import { printExpression, printStatement } from './printer.ts';

const accepted = `
a; a.b; a.b.c; \`a b\`; "a b"; \`a\\\`b\`; \`a\`\`b\`; "a""b"; date; timestamp; key; index; table; status; interval; case;
order; limit; offset; group; format; settings; values; set; end; desc; asc; first; last; left; right; any; on; using;
1_000; 0xFF; 0XaB; 0b101; 1e5; 1E-5; 1.5e+3; 1.; 007; inf; -inf; NaN; infinity; -infinity; 18446744073709551615;
'it''s'; 'it\\'s'; '\\x41'; '\\\\'; '\\t'; '\\q'; ''; TRUE; false; Null; {p:UInt8}; {p:Nullable(String)}; {p:Decimal(12, 2)};
f(); f(a); f(a, b); f(a AS b); f(a)(b); f(0.5, 1)(b, c); count(*); count(DISTINCT a); COUNT(); uniq(DISTINCT a, b);
CAST(a AS UInt8); CAST(a, 'UInt8'); cast(a as Nullable(Decimal(12, 2))); a::UInt8; a::Enum8('a' = 1)::String; -a::Int8; -1::Int8;
'5'::Int8; (1)::Int8; f(a)::Int8; EXTRACT(YEAR FROM a); extract(quarter from a + 1); extract(a, b); extract(WEEK FROM a);
SUBSTRING(a FROM 1 FOR 2); SUBSTRING(a FROM 1); substring(a, 1, 2); TRIM(BOTH 'x' FROM a); TRIM(LEADING 'x' FROM a);
trim(a); trim(TRAILING 'x' FROM concat(a, b)); DATE '2001-01-01'; TIMESTAMP '2001-01-01 00:00:00'; DATE(a);
INTERVAL 3 DAY; INTERVAL '3 day'; INTERVAL '3' DAY; INTERVAL a + 1 MONTH; INTERVAL -1 HOUR; interval 2 weeks; INTERVAL '-2 years';
a + INTERVAL 1 QUARTER; a - INTERVAL 1 YEAR * 2; CASE WHEN a THEN b END; CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END;
CASE left(a, 1) WHEN 'x' THEN 1 END; CASE WHEN a THEN CASE WHEN b THEN c END END; case -a when 1 then 2 end;
a = b; a == b; a != b; a <> b; a < b; a <= b; a > b; a >= b; a AND b OR c; NOT a; NOT NOT a; NOT (a, b) = c; a and not b;
a IS NULL; a IS NOT NULL; a IS NULL IS NOT NULL; a IN (1); a NOT IN (1, 2); a IN 'x'; a in 5; (a, b) IN ((1, 2), (3, 4));
a IN (SELECT 1); a IN (1) = b; a IN (1) AND b; a IN (1) IN (2); a BETWEEN b AND c; a NOT BETWEEN b AND c AND d;
a BETWEEN 1 AND 2 BETWEEN 3 AND 4; a LIKE 'x%'; a NOT LIKE b; a ILIKE b; a NOT ILIKE b; a LIKE b LIKE c;
a + b; a - b; a * b; a / b; a % b; a DIV b; a MOD b; a div b mod c; a || b; a || b || c; -a; - 1; - -1; - - a; +a; + 1; -(1);
(a); ((a)); (a, b); ((a, b), c); (a AS b) + 1; (a AS b, b); (SELECT 1); (SELECT 1) + 1; (WITH 1 AS x SELECT x);
a ? b : 1; a = 1 ? b : 2; a IN (1, 2) ? 2 : 3; a -- x
; a /* x /* y */ */; a # x
; a #!x
; a AS b; *; t.*; db.t.*; * EXCEPT (a, b); * EXCEPT a; t.* EXCEPT (a); if(a, b, c); not(a); not(1) + 1; and(a, b); in(a, b) or like(a, b)
`
  .split(';')
  .map((text) => text.trim())
  .filter((text) => text !== '');

const shared = [
  'WITH 1 AS x, q AS (SELECT 2 AS b) SELECT DISTINCT x, b c FROM q AS s WHERE b > 1 GROUP BY b, x HAVING count() > 1',
  'SELECT a FROM d.t FINAL ORDER BY a DESC NULLS FIRST, b ASC NULLS LAST, c LIMIT 5, 10 SETTINGS max_threads = 1 FORMAT JSON',
  'SELECT a FROM (SELECT 1 AS a) LIMIT 1 OFFSET 2',
  'SELECT number FROM numbers(10) AS n OFFSET 3',
  'SELECT `from`, `a b`, "select", date, key FROM `table` AS `where`',
  'CREATE DATABASE IF NOT EXISTS d ENGINE = Atomic',
  "CREATE TABLE IF NOT EXISTS d.t (a UInt8 DEFAULT 1 + 1 COMMENT 'x', `index` String NULL) ENGINE = MergeTree PRIMARY KEY (a) " +
    "ORDER BY (a, `index`) PARTITION BY a % 2 TTL toDate('2001-01-01') + INTERVAL 1 DAY SETTINGS index_granularity = 8 COMMENT 'c'",
  "CREATE TABLE t (a Enum8('a' = 1, 'b''c' = -2), b Decimal(12, 2), c Array(Nullable(String)), d Tuple(x UInt8, y String)) ENGINE = Memory",
  "CREATE TABLE t (a UInt8 DEFAULT 1 COMMENT 'x' CODEC(Delta(1), LZ4HC), b Int8 CODEC(Default, T64('bit'))) ENGINE = Memory",
  'DROP DATABASE IF EXISTS d',
  'DROP TABLE IF EXISTS d.t',
  'TRUNCATE TABLE IF EXISTS d.t',
  'USE d',
  "SET max_threads = 1, format_csv_delimiter = '|'",
  "INSERT INTO d.t (a, b) SETTINGS async_insert = 1 VALUES (1, 'a'), (-2, NULL)",
  'INSERT INTO t SELECT 1',
  'INSERT INTO t FORMAT CSV',
  'UPDATE t SET a = a + 1, b = 2 WHERE c = 1',
  'DELETE FROM t WHERE a IN (1, 2)',
  'EXPLAIN SELECT 1',
  'EXPLAIN SYNTAX SELECT 1',
  'EXPLAIN AST SELECT 1',
  'SHOW DATABASES',
  "SHOW TABLES FROM d LIKE 'a%' FORMAT JSON",
  'SHOW CREATE TABLE d.t',
  'SHOW INDEX FROM t',
  "SHOW SETTINGS LIKE 'max%'",
  'DESCRIBE TABLE d.t FORMAT JSON',
  'EXISTS TABLE d.t',
];

const refusedByBoth = [
  'a b c',
  "'a' 'b'",
  'a BETWEEN b OR c AND d',
  'a@b',
  '!a',
  '1 +',
  '(a',
  'a)',
  'f(a',
  'CASE WHEN a END',
  "'a",
  '`a',
  '/* a',
  'CAST(a AS)',
  'a NOT',
  'a..b',
  '* 1 *',
  'a ? b',
  '{p}',
  '{p:}',
  'é',
  'f(,)',
  '1 = = 2',
];

/** The expression with parentheses around every operator. */
function parenthesised(e: Expression): string {
  const all = (list: readonly Expression[]): string => list.map(parenthesised).join(', ');
  switch (e.kind) {
    case 'binary':
      return `(${parenthesised(e.left)} ${e.operator} ${parenthesised(e.right)})`;
    case 'unary':
      return `(${e.operator} (${parenthesised(e.operand)}))`;
    case 'isNull':
      return `(${parenthesised(e.operand)} IS ${e.negated ? 'NOT ' : ''}NULL)`;
    case 'between': {
      const word = e.negated ? 'NOT BETWEEN' : 'BETWEEN';
      return `((${parenthesised(e.operand)}) ${word} (${parenthesised(e.low)}) AND (${parenthesised(e.high)}))`;
    }
    case 'in': {
      if ('kind' in e.list) throw new Error('subqueries are not generated');
      return `((${parenthesised(e.operand)}) ${e.negated ? 'NOT ' : ''}IN (${all(e.list)}))`;
    }
    case 'call':
      return `${e.name}(${all(e.args)})`;
    case 'cast':
      return `CAST(${parenthesised(e.operand)}, ${quoteString(e.type.text)})`;
    case 'case':
    case 'literal':
    case 'interval':
      return printExpression(e);
    case 'identifier':
    case 'tuple':
    case 'alias':
    case 'star':
    case 'parameter':
    case 'subquery':
      throw new Error(`${e.kind} is not generated`);
    default:
      return unreachable(e);
  }
}

const digit = fc.integer({ min: 1, max: 9 }).map(String);
const operand = fc
  .tuple(fc.constantFrom('', '', '', '', '- ', 'NOT '), digit)
  .map(([prefix, n]) => prefix + n);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('+', '-', '*', '=', '!=', '<', '>=', 'AND', 'OR'), operand)
      .map((p) => p.join(' ')),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('%', 'DIV', 'MOD'), digit).map((p) => p.join(' ')) },
  fc.constantFrom('IS NULL', 'IS NOT NULL', 'IN (1, 2, 3) AND 1', 'NOT IN (4, 5) = 1'),
  fc
    .tuple(fc.constantFrom('BETWEEN', 'NOT BETWEEN'), digit, fc.constantFrom('', '+ 1', '= 1'), operand)
    .map(([word, low, more, high]) => `${word} ${low} ${more} AND ${high}`),
);
const chain = fc
  .tuple(operand, fc.array(step, { minLength: 1, maxLength: 6 }))
  .map(([first, rest]) => [first, ...rest].join(' '));

const chosen = [
  "'a' || 'b' = 'ab'",
  "'1' || 2 + 3",
  "'abc' LIKE 'a%' = 1",
  "'abc' NOT LIKE 'b%' AND 0",
  '-1::Int8',
  "-'5'::Int8",
  '2 - -1::Int8',
  '1 = 1 ? 2 : 3',
  'NULL IS NULL = 1',
  '-2 * 3 % 4',
  '- (2) * 3',
  'NOT NULL IS NULL',
  '1 - 2 - 3',
  '8 / 4 / 2',
  '1 + 6 / 4 * 2 - 1',
  '9 DIV 2 * 2',
  'CASE WHEN 1 + 1 = 2 THEN 3 END * 2',
  '1 IN (1) = 1',
  "DATE '2001-01-01' + INTERVAL 1 DAY > DATE '2001-01-01' + 0",
  '0xFF + 0b11',
];

describe('the parser, beside ClickHouse', () => {
  test('takes only what ClickHouse takes', () => {
    const texts = accepted.map((text) => `(${quoteString(text)})`).join(', ');
    const answer = chdb.query(
      `SELECT t FROM values('t String', ${texts}) WHERE formatQueryOrNull(concat('SELECT ', t, '\\n')) IS NULL`,
      'TabSeparated',
    );
    for (const text of accepted) expect(() => parseStatement(`SELECT ${text}`), text).not.toThrow();
    expect(answer).toBe('');
    expect(accepted.length).toBeGreaterThan(150);
  });

  test('prints expressions as ClickHouse takes them', () => {
    const texts = accepted
      .map((text) => `(${quoteString(printExpression(parseExpression(text)))})`)
      .join(', ');
    const answer = chdb.query(
      `SELECT t FROM values('t String', ${texts}) WHERE formatQueryOrNull(concat('SELECT ', t)) IS NULL`,
      'TabSeparated',
    );
    expect(answer).toBe('');
  });

  test('prints the statements that both have as ClickHouse takes them', () => {
    const texts = shared.map((text) => `(${quoteString(printStatement(parseStatement(text)))})`).join(', ');
    const answer = chdb.query(
      `SELECT t FROM values('t String', ${texts}) WHERE formatQueryOrNull(t) IS NULL`,
      'TabSeparated',
    );
    expect(answer).toBe('');
  });

  test('refuses what ClickHouse refuses', () => {
    const texts = refusedByBoth.map((text) => `(${quoteString(text)})`).join(', ');
    const answer = chdb.query(
      `SELECT t FROM values('t String', ${texts}) WHERE formatQueryOrNull(concat('SELECT ', t)) IS NOT NULL`,
      'TabSeparated',
    );
    expect(answer).toBe('');
    for (const text of refusedByBoth) {
      expect(() => parseStatement(`SELECT ${text}`), text).toThrow(
        expect.objectContaining({ code: 'SYNTAX_ERROR' }),
      );
    }
  });

  test('binds operators as ClickHouse does', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const texts = [...chosen, ...fc.sample(chain, { numRuns: 400, seed })];
    const value = (text: string): string => `ifNull(toString(${text}), 'NULL')`;
    const rows = texts.map((text) => {
      const full = parenthesised(parseExpression(text));
      return `SELECT ${quoteString(text)} AS t, ${quoteString(full)} AS p, ${value(text)} AS a, ${value(full)} AS b`;
    });
    const answer = chdb.query(`SELECT * FROM (${rows.join(' UNION ALL ')}) WHERE a != b`, 'TabSeparated');
    expect(answer, `seed ${seed}`).toBe('');
  });
});
