// Arrays, tuples, maps and LowCardinality in expressions: types and values must be ClickHouse's.

import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { parseExpression } from '../sql/parser.ts';
import type { Block } from '../types/column.ts';
import { expandDictionary } from '../types/block.ts';
import { typeName } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { textAt } from '../types/text.ts';
import { columnOf } from '../types/value.ts';
import { bindExpression } from './bind.ts';
import { evaluate } from './evaluate.ts';
import type { Expression, Scope } from './expression.ts';

const ROWS = 5;

/** Name, type and values as ClickHouse's text. */
const table: readonly (readonly [name: string, type: string, values: readonly (string | null)[]])[] = [
  ['i', 'UInt8', ['0', '1', '2', '3', '200']],
  ['j', 'Int32', ['-3', '1', '0', '2', '-1']],
  ['ni', 'Nullable(Int16)', ['1', null, '-2', null, '7']],
  ['f', 'Float64', ['0.5', 'nan', '-inf', '0', '2.25']],
  ['s', 'String', ['', 'a,b', 'hello', ',a,', "it's\t\\"]],
  ['ns', 'Nullable(String)', ['a', null, 'b,c', '', null]],
  ['d', 'Date', ['2020-01-01', '1970-01-01', '2024-02-29', '2020-01-01', '2100-12-31']],
  ['l', 'LowCardinality(String)', ['a', 'b', 'a', '', '12']],
  ['m', 'LowCardinality(String)', ['a', 'c', 'b', '', '12']],
  ['nl', 'LowCardinality(Nullable(String))', ['x', null, 'a,b', 'x', '7']],
  ['a', 'Array(Int32)', ['[]', '[1]', '[3,1,2,1]', '[-1,5]', '[7,7]']],
  ['b', 'Array(UInt8)', ['[1]', '[1,2]', '[]', '[5,6,7]', '[7]']],
  ['na', 'Array(Nullable(Int64))', ['[NULL]', '[1,NULL,3]', '[]', '[NULL,NULL,2]', '[5]']],
  ['fa', 'Array(Float64)', ['[0.5,nan]', '[]', '[nan]', '[-1.5,2.25,0]', '[inf,1]']],
  ['sa', 'Array(String)', ["['']", "['a','b','a']", "['it\\'s','x\\ty']", '[]', "['hello']"]],
  ['la', 'Array(LowCardinality(String))', ["['a']", "['a','b','a']", '[]', "['','c']", "['12','12']"]],
  [
    'da',
    'Array(Date)',
    ["['2020-01-01']", '[]', "['2024-02-29','1970-01-01']", '[]', "['2020-01-01','2020-01-01']"],
  ],
  ['aa', 'Array(Array(UInt8))', ['[]', '[[]]', '[[1],[2,3]]', '[[],[1]]', '[[1,2],[1],[1,2]]']],
  ['t', 'Tuple(Int32, String)', ["(1,'a')", "(0,'')", "(2,'b')", "(1,'b')", "(-1,'a')"]],
  ['u', 'Tuple(a UInt8, b Nullable(String))', ["(1,'a')", '(0,NULL)', "(2,'b')", '(1,NULL)', "(3,'')"]],
  [
    'ta',
    'Array(Tuple(UInt8, String))',
    ['[]', "[(1,'a')]", "[(2,'b'),(1,'z'),(2,'a')]", "[(1,'a'),(1,'a')]", '[]'],
  ],
  ['p', 'Map(String, Int32)', ['{}', "{'a':1}", "{'a':2,'b':3}", "{'it\\'s':4}", "{'x':1,'a':5,'x':2}"]],
  ['q', 'Map(UInt8, Array(String))', ['{}', "{1:['x']}", '{2:[]}', "{3:['a','b'],200:[]}", "{0:['z']}"]],
];

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

const columns = table.map(([, type, values]) => columnOf(parseDataType(type), values));
const block: Block = { rowCount: ROWS, columns };
const scope: Scope = {
  resolve: ([name, ...rest]) => {
    const index = rest.length > 0 ? -1 : table.findIndex((column) => column[0] === name);
    return index < 0 ? undefined : { kind: 'column', index, name: name!, type: columns[index]!.type };
  },
  names: () => table.map(([name]) => name),
};

const session = new Session();
session.query(
  `CREATE TABLE x (n UInt8, ${table.map(([name, type]) => `${name} ${type}`).join(', ')}) ENGINE = Memory`,
);
for (let row = 0; row < ROWS; row++) {
  const cells = table.map(([, type, values]) => {
    const text = values[row] ?? null;
    return text === null ? 'NULL' : /^(Map|Array|Tuple)/.test(type) ? text : quoted(text);
  });
  session.query(`INSERT INTO x VALUES (${row}, ${cells.join(', ')})`);
}

const list = (text: string): string[] =>
  text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const expressions = list(String.raw`
  [i, 1]; [i, j]; [f, 1]; [ni, 1]; [NULL, i]; [s, 'x']; [l]; [l, m]; [l, nl]; [l, s]; [nl, 'x']; concat(a); [a, b]; [[], b]; [t]; []; [d];
  array(1, 2.5); [1, -1]; [[1], [2.5]]; [NULL]; [[NULL], [1]]; array(); [(1, 'a'), (2.5, 'b')]; [map('a', 1)];
  tuple(i, s); (i, l, ni); tuple(1); (1,); tuple('a', NULL); (a, t); map('k', i, 'l', j); map(l, 1); map('a', l);
  map(s, a); map(); map(i, t);
  a[1]; a[-1]; a[i]; a[j + 10]; a[ni]; na[1]; na[2]; na[ni]; sa[i]; la[1]; aa[1]; aa[2][1]; ta[1]; ta[1].2; [1, 2][300];
  a[toUInt64(1)]; a[NULL]; [1, 2][i + 1]; [1, 2][toUInt8(length(l))]; arrayElement(b, 2);
  t.1; t.2; u.a; u.b; u.1; tupleElement(u, 'b'); tupleElement(t, -1); ta.1; (1, (i, s)).2.1; (a, 1).1[1]; (l, 1).1;
  p['a']; p['zz']; p[s]; q[1]; q[i]; q[toInt64(3)]; q[1][1]; map('a', 1)['a']; map('a', ni)['a']; map('a', 1)[ns];
  map(1, 'x')[j]; map('a', 1)[l]; map(l, 1)['a']; map(l, m)['a']; map('a', 1)[NULL]; mapKeys(p); mapValues(p); mapKeys(map(l, 1));
  mapValues(map('a', l)); mapContains(p, 'a'); mapContainsKey(p, s); mapContains(q, i); mapKeys(q); mapValues(q);
  mapContainsValue(p, 1); mapContainsValue(p, i); mapContainsValue(q, ['z']); mapContainsValue(map(l, ni), NULL); mapContainsValue(map('a', l), 'a');
  multiSearchAny(s, ['b', 'l']); multiSearchAny(s, ['']); multiSearchAny(ns, ['a']); multiSearchAny(s, sa); multiSearchAny(l, ['1']); multiSearchAny(nl, ['a', 'x']);
  hasToken(s, 'a'); hasToken(s, ''); hasToken(ns, 'c'); hasToken(l, '12'); hasToken(nl, 'b'); hasToken(s, NULL); hasToken('x é-y', 'é'); hasToken(concat(s, '_A b9'), 'b9');
  hasTokenCaseInsensitive(s, 'A'); hasTokenCaseInsensitive('É B', 'b'); hasTokenCaseInsensitive('É', 'é'); hasTokenOrNull(s, 'a'); hasTokenOrNull(s, 'a b');
  hasTokenOrNull(ns, 'a'); hasTokenOrNull(l, 'a'); hasTokenCaseInsensitiveOrNull(nl, 'X'); hasTokenCaseInsensitiveOrNull(s, ' ');
  length(a); length(p); empty(a); notEmpty(a); empty(p); notEmpty(q); length(''); length([]); length(la);
  has(a, 1); has(a, j); has(a, 1.0); has(na, NULL); has(na, 1); has(a, NULL); has(b, ni); has(sa, 'a'); has(sa, s); has(la, l);
  has(la, 'a'); has(['1', 'a'], l); has(aa, [1]); has(ta, (1, 'a')); has(da, d); has(fa, nan); has([], 1); has(p, 'a');
  has(fa, f); indexOf(a, 1); indexOf(na, NULL); indexOf(sa, 'a'); indexOf(la, 'c'); indexOf(a, j); countEqual(a, 1);
  countEqual(na, NULL); hasAny(a, b); hasAll(a, b); hasAny(a, [1, 2]); hasAll(a, []); hasAny(na, [NULL, 3]); hasAll(na, [NULL]);
  hasAny(sa, la); hasAny(fa, [nan]); hasAll([], a); hasAny(aa, [[1]]); hasAll(la, ['a']); hasAny(a, [1.0]);
  arraySum(a); arraySum(b); arraySum(fa); arraySum([true, i = 1]); arrayAvg(a); arrayAvg(b); arrayAvg([toDecimal32(1.5, 2)]);
  arrayMin(a); arrayMax(a); arrayMin(na); arrayMax(na); arrayMin(fa); arrayMax(fa); arrayMin(sa); arrayMax(la); arrayMin(da);
  arrayMax(aa); arrayMin(ta); arrayMax([NULL, i]); arrayMin([toDecimal32(1.5, 2), toDecimal32(j, 2)]);
  arrayConcat(a, b); arrayConcat(a, [1.5]); arrayConcat(a, na, [NULL]); arrayConcat(la, ['a']); arrayConcat(la, la); arrayConcat([], a);
  arrayConcat(a); concat(a, b); a || [9]; [1] || [2] || [3]; arraySort(a); arraySort(na); arraySort(fa); arraySort(sa); arraySort(la);
  arraySort(aa); arraySort(ta); arrayReverseSort(a); arrayReverseSort(na); arrayReverseSort(fa); arraySort([]); arrayDistinct(a);
  arrayDistinct(na); arrayDistinct(sa); arrayDistinct(la); arrayDistinct(aa); arrayDistinct(ta); arrayDistinct(fa);
  arrayReverse(a); arrayReverse(na); arrayReverse(aa); reverse(a); reverse(la); reverse(na);
  arrayStringConcat(sa, '-'); arrayStringConcat(sa); arrayStringConcat(a, ','); arrayStringConcat(na, ','); arrayStringConcat(da, ',');
  arrayStringConcat(la, ','); arrayStringConcat(aa, '+'); arrayStringConcat([]);
  range(i % 5); range(1, i % 5); range(j, 3); range(0, 10, i % 3 + 1); range(10, j, -4); range(5); range(300); range(toInt32(3)); range(-1, 3);
  range(toUInt64(3)); range(1, 300); range(5, 1); range(toInt8(-5), toUInt8(3), toInt8(2)); range(length(l)); range(toNullable(3));
  splitByChar(',', s); splitByChar(',', ns); splitByChar(',', l); splitByChar(',', nl); splitByChar(',', s, 2); splitByChar(',', s, 0);
  splitByChar(',', s, -1); splitByString(',', s); splitByString('l', s); splitByString('', s); splitByString('ll', s); splitByString('', s, 2);
  splitByString(',a', s, 1); splitByChar(',', NULL); splitByString('', ''); splitByString('x', '');
  a = b; a != b; a < b; a <= [1]; a = [1]; [1] = [1.0]; na = [1, NULL, 3]; na < [NULL]; fa = [nan]; fa < [0.5, 1]; sa = ['a']; sa < ['b'];
  la = ['a']; da = [toDateTime('2020-01-01 00:00:00')]; aa = [[1], [2, 3]]; [] = []; [] < a; a = '[1]'; p = map('a', 1); q = map(2, []);
  p < map('a', 3); t = (1, 'a'); t != (1, 'a'); t < (1, 'b'); t >= (1, 'a'); t > (0, ''); u = (1, 'a'); u != (1, 'a'); u < (1, 'z'); u <= (1, 'a');
  u > (0, 'q'); u >= (1, ''); (i, ni) = (1, 1); (ni, i) < (1, 1); (d, i) > ('2020-01-01', 1); (i, f) < (1, 1.5); ((1, i), 2) < ((1, 2), 3);
  (i, a) = (1, [1]); (1, 2) = (1, NULL); t = '(1,\'a\')'; (l, i) = ('a', 0); (l, i) < (m, 1); tuple(l) = tuple(m); (ni, ni) = (ni, ni);
  a IN ([1], [7, 7]); a NOT IN ([1]); t IN ((1, 'a'), (2, 'b')); (i, s) IN ((1, 'a,b'), (0, '')); i IN [1, 2]; aa IN ([[1], [2, 3]]); l IN ('a', '12');
  nl IN ('x', NULL); nl NOT IN ('x'); (l, i) IN (('a', 0)); a IN ([1.0]); la IN (['a']); ta IN ([(1, 'a')]); s IN ['', 'hello']; i IN ([1, 3]); i IN range(3); a IN ([[1], [7, 7]]); s IN ['a', NULL]; i IN []; ns IN [NULL, ''];
  toString(a); toString(t); toString(p); toString(na); toString(sa); toString(la); toString(u); CAST(a, 'Array(String)'); CAST(a, 'Array(Nullable(Float64))');
  CAST(na, 'Array(Nullable(String))'); CAST(t, 'Tuple(String, String)'); CAST(t, 'Tuple(x Int8, y String)'); CAST(u, 'Tuple(b Nullable(String), a UInt16)');
  CAST(u, 'Tuple(b Nullable(String), z UInt16)'); CAST(u, 'Tuple(UInt8, Nullable(String))'); CAST(p, 'Map(String, String)'); CAST(ta, 'Map(UInt8, String)');
  CAST(p, 'Array(Tuple(String, Int32))'); CAST(['1', '2'], 'Array(UInt8)'); CAST([], 'Array(String)'); CAST([[]], 'Array(Array(UInt8))');
  CAST(a, 'Array(UInt8)'); CAST(la, 'Array(String)'); CAST(sa, 'Array(LowCardinality(String))'); CAST(map(), 'Map(String, UInt8)');
  CAST('[1,2]', 'Array(UInt8)'); CAST(materialize('(1,\'a\')'), 'Tuple(UInt8, String)'); CAST('[1, 2 ,3]', 'Array(Int8)'); CAST('[]', 'Array(String)');
  CAST('[\'a\\\'b\',\'\']', 'Array(String)'); CAST('[1,null]', 'Array(Nullable(UInt8))'); CAST('(1,)', 'Tuple(UInt8)'); CAST('[[1],[]]', 'Array(Array(Int8))');
  if(i > 1, a, [0]); if(i > 1, [1], [2.5]); if(i > 1, (1, 2), (3, 4.5)); multiIf(i = 1, p, i = 2, map('b', 2), map()); coalesce(a, b); ifNull(a, [1]);
  isNull(a); isNotNull(t); assumeNotNull(a); identity(t); materialize(p); ignore(a, t); toTypeName(a); toTypeName(t); toTypeName(p); toTypeName(la);
  greatest(a, [1, 5]); least(t, (1, 'a')); greatest(a, b); concat('x', a); concat(t, '!'); concat(p, s);
  l = 'a'; l = s; l = m; nl = 'x'; l < 'b'; l != nl; length(l) AND 1; NOT (l = 'a'); xor(l = 'a', 1); l = 'a' OR m = 'b';
  if(i > 1, l, m); if(i > 1, l, 'x'); if(i > 1, l, NULL); if(i > 1, nl, l); if(l = 'a', 1, 2); multiIf(i = 1, l, m); coalesce(l, 'q'); coalesce(nl, 'q');
  coalesce(nl, l); coalesce(nl, s); ifNull(nl, 'q'); ifNull(l, 'q'); ifNull(nl, nl); nullIf(l, 'a'); nullIf(nl, 'x'); nullIf(l, s); greatest(l, 'b');
  least(l, m); greatest(l, s); isNull(l); isNull(nl); isNotNull(nl); toNullable(l); toNullable(nl); assumeNotNull(l); length(nl); lengthUTF8(l); empty(l);
  notEmpty(nl); lower(l); upper(nl); lowerUTF8(l); reverse(l); concat(l, 'x'); concat(l, s); concat(l, m); concat(l, 1); concat(nl, 'x'); concat(l, i);
  l || 'x'; repeat(l, 2); leftPad(l, 3); trim(l); replaceAll(l, 'a', 'b'); substring(l, 1, 1); substring(l, i + 1); left(l, 1); position(l, 'a');
  position('a', l); startsWith(l, 'a'); endsWith(l, s); l LIKE 'a%'; nl NOT LIKE 'x'; l ILIKE 'A'; match(nl, 'a'); l LIKE m; hex(l); base64Encode(nl);
  MD5(l); CRC32(nl); SHA256(l); CAST(l, 'String'); CAST(nl, 'Nullable(String)'); CAST(s, 'LowCardinality(String)'); CAST(l, 'LowCardinality(Nullable(String))');
  CAST(ns, 'LowCardinality(Nullable(String))'); CAST(i, 'LowCardinality(String)'); toString(l); toString(nl); toInt32OrZero(l);
  toInt32OrNull(nl); toInt8(length(l)) + 1; length(l) + i; length(l) + length(m); -length(l); length(l) * 2 > 1; toUUIDOrNull(l); toFloat64OrNull(l);
  toDecimal32OrNull(l, 2); reinterpretAsUInt64(l); toTypeName(l); identity(l); materialize(nl); ignore(l); toLowCardinality(s);
  toLowCardinality(l); toLowCardinality(ns); toLowCardinality(1); toLowCardinality(i); upper(toLowCardinality('abc')); l BETWEEN 'a' AND 'b';
  toYear(toDate(concat('2020-01-0', toString(length(l) + 1)))); CASE WHEN l = 'a' THEN l END; arrayStringConcat([l, m], '+'); toDate('2020-01-01') + length(l);
`);

const refusedByBoth = list(String.raw`
  a['x']; a[1.5]; s[1]; i[1]; t.3; t.0; u.c; tupleElement(i, 1); p[1]; map('a'); map(NULL, 1);
  map(ns, 1); mapKeys(a); has(a, 'x'); has(i, 1); hasAny(a, sa); hasAny(a, 1); indexOf(s, 'a'); arraySum(sa); arraySum(na); arraySum(i);
  arrayMin(i); arrayAvg(sa); arrayConcat(a, sa); arrayConcat(a, 1); arraySort(s); arrayDistinct(i); arrayStringConcat(i); arrayStringConcat(sa, s);
  range(1.5); range('a'); range(-1); range(1, 10, 0); splitByChar('ab', s); splitByChar('', s); splitByChar(s, s); splitByChar(',', i);
  splitByString(',', toFixedString('a', 3)); a = sa; t = (1, 'a', 2); a = 1; t = 1; p = ta; a + 1; abs(a); NOT a; a AND 1; if(a, 1, 2); s LIKE a; hex(a); lengthUTF8(a);
  length(t); indexOf(p, 'a'); hasAny(p, sa); mapContains(a, 1); mapContainsValue(a, 1); hasToken(a, 'x'); hasToken(s, s); hasToken(s, 'a b'); hasToken(i, '1'); multiSearchAny(s, [1]); multiSearchAny(s, ['a', NULL]); multiSearchAny(toFixedString('a', 2), ['a']); tupleElement(t, [1]); toNullable(a); nullIf(a, [1]); greatest(a, 1); CAST(a, 'UInt8'); CAST(1, 'Array(UInt8)'); CAST(na, 'Array(Int64)');
  CAST(t, 'Tuple(UInt8)'); CAST('[1', 'Array(UInt8)'); CAST('[a]', 'Array(String)'); CAST('', 'Array(UInt8)'); CAST('(1)', 'Tuple(UInt8, UInt8)');
  CAST(s, 'Array(UInt8)'); CAST(a, 'Array(Array(Int32))'); toDate(a); round(a); toInt32(t); substring(a, 1); empty(t); upper(sa);
`);

type Computed = { readonly type: string; readonly cells: readonly string[] };

function ours(text: string, over: Block = block): Computed {
  const expression: Expression = bindExpression(parseExpression(text), scope, {
    parameters: {},
    nowMs: 0,
    currentDatabase: 'default',
  });
  const column = expandDictionary(evaluate(expression, over));
  expect(typeName(column.type), text).toBe(typeName(expression.type));
  const cells = Array.from({ length: ROWS }, (_, row) =>
    column.nulls?.[row] === 1 ? 'NULL' : textAt(column, row),
  );
  return { type: typeName(expression.type), cells };
}

function theirs(text: string): Computed {
  const answer = session.query(
    `SELECT toTypeName(${text}) AS type, ifNull(toString(${text}), 'NULL') AS cell FROM x ORDER BY n FORMAT JSONCompactColumns`,
  );
  const [types, cells] = JSON.parse(answer) as [string[], string[]];
  // Types of tuples with names are printed over several lines.
  return { type: types[0]!.replace(/\n */g, ' ').replace(/\( /g, '('), cells };
}

test.each(expressions)('%s', (text) => {
  expect(ours(text)).toEqual(theirs(text));
});

/** ClickHouse has Variant for them, and an answer for the element 0 of a constant. */
const refusedHere = [
  ['[1, s]', 'NO_COMMON_TYPE'],
  ['[1, [2]]', 'NO_COMMON_TYPE'],
  ['[toUInt64(1), toInt64(j)]', 'NO_COMMON_TYPE'],
  ['if(i = 1, a, t)', 'NO_COMMON_TYPE'],
  ['[1, 2][0]', 'ARGUMENT_OUT_OF_BOUND'],
  ['concat(t, t)', 'NOT_IMPLEMENTED'],
  ['arrayJoin(a)', 'NOT_IMPLEMENTED'],
  ['arrayMap(x -> x + 1, a)', 'NOT_IMPLEMENTED'],
  ['arraySort(x -> -x, a)', 'NOT_IMPLEMENTED'],
] as const;

test.each(refusedHere)('%s is refused with %s', (text, code) => {
  expect(() => ours(text)).toThrow(expect.objectContaining({ code }));
});

test.each(refusedByBoth)('%s is refused', (text) => {
  expect(() => ours(text)).toThrow(WinnowError);
  expect(() => theirs(text)).toThrow();
});
