import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BinaryOperator, Expression, FromItem, SelectQuery, Statement } from './ast.ts';
import { parseExpression, parseStatement } from './parser.ts';
import { printExpression, printStatement } from './printer.ts';

/** The tree without places in the text, and without keys that are undefined. */
function shape(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, function (this: { kind?: string }, key, value: unknown) {
      return key === 'position' || (key === 'offset' && this.kind === 'format') ? undefined : value;
    }),
  );
}

const position = { offset: 0, line: 1, column: 1 };
const node = <K extends string, T extends object>(kind: K, fields: { [F in keyof T]: fc.Arbitrary<T[F]> }) =>
  fc.record({
    kind: fc.constant(kind),
    position: fc.constant(position),
    ...fields,
  } as never) as fc.Arbitrary<never>;
const placed = <T extends object>(fields: { [F in keyof T]: fc.Arbitrary<T[F]> }) =>
  fc.record({ position: fc.constant(position), ...fields } as never) as fc.Arbitrary<never>;
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const few = <T>(arbitrary: fc.Arbitrary<T>, minLength = 0) =>
  fc.array(arbitrary, { minLength, maxLength: 2 });
const flag = fc.boolean();

const words = `a b_1 date key index select from where table status order by group not null case interval cast distinct
  if any left final format settings values primary inf true use exists between timestamp day both set default`;
const name = fc.oneof(
  fc.constantFrom(...words.split(/\s+/)),
  fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }),
  fc.constantFrom('a b', '`', '"', "it's", '\\', 'línea', '1a', 'tab\there', '\u0000'),
);
const typeText = fc.constantFrom(
  'UInt8',
  'Nullable(String)',
  "Enum8('a' = 1, 'b' = -2)",
  'Decimal(12, 2)',
  'Tuple(a UInt8, b Array(String))',
  'DOUBLE PRECISION',
);
const type = placed({ text: typeText });
const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => (Object.is(v, -0) ? '0' : String(v))),
  fc.constantFrom('inf', '-inf', 'nan', '1.', '007', '1E5'),
);
const literalValue = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), text: number }),
  fc.record({ kind: fc.constant('string' as const), value: fc.string({ unit: 'grapheme' }) }),
  fc.record({
    kind: fc.constant('string' as const),
    value: fc.constantFrom("'", '\\', '\n', '\\n', '\0', '--', '/*'),
  }),
  fc.record({ kind: fc.constant('boolean' as const), value: flag }),
  fc.constant({ kind: 'null' as const }),
);
const operators: readonly BinaryOperator[] = [
  '+',
  '-',
  '*',
  '/',
  '%',
  'DIV',
  '||',
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'AND',
  'OR',
  'LIKE',
  'NOT LIKE',
  'ILIKE',
  'NOT ILIKE',
];
const units = ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;
const setting = placed({ name, value: literalValue });
const tableName = placed({ database: maybe(name), name });

const literal = node('literal', { value: literalValue });

const { expression, select } = fc.letrec<{
  expression: Expression;
  select: SelectQuery;
  operand: Expression;
}>((tie) => {
  const child = tie('expression');
  const query = tie('select');
  const star = node('star', { qualifier: few(name), except: few(name) });
  const withItem = fc.oneof(node('expression', { name, expression: child }), node('query', { name, query }));
  const source = fc.oneof(
    node('table', { table: tableName, alias: maybe(name), final: flag, useIndex: maybe(name) }),
    node('function', { name, args: few(child), alias: maybe(name) }),
    node('query', { query, alias: maybe(name) }),
  );
  const joinOf = (left: fc.Arbitrary<FromItem>): fc.Arbitrary<FromItem> => {
    const kind = fc.constantFrom('INNER', 'LEFT', 'RIGHT');
    return fc.oneof(
      { weight: 4, arbitrary: left },
      node('join', { join: fc.constant('CROSS'), left, right: source, using: fc.constant([]) }),
      node('join', { join: kind, left, right: source, on: child, using: fc.constant([]) }),
      node('join', { join: kind, left, right: source, using: few(name, 1) }),
    );
  };
  const from = joinOf(joinOf(source));
  const orderItem = placed({ expression: child, descending: flag, nullsFirst: maybe(flag) });
  return {
    operand: fc.oneof(literal, node('identifier', { parts: few(name, 1) })),
    expression: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'sql', withCrossShrink: true },
      tie('operand'),
      node('binary', { operator: fc.constantFrom(...operators), left: child, right: child }),
      node('unary', { operator: fc.constantFrom('-', 'NOT'), operand: child }),
      node('between', { negated: flag, operand: child, low: child, high: child }),
      node('in', { negated: flag, operand: child, list: fc.oneof(few(child, 1), query) }),
      node('isNull', { negated: flag, operand: child }),
      node('case', {
        operand: maybe(child),
        branches: few(fc.record({ when: child, then: child }), 1),
        otherwise: maybe(child),
      }),
      node('cast', { operand: child, type }),
      node('interval', { amount: child, unit: fc.constantFrom(...units) }),
      node('tuple', { elements: fc.array(child, { minLength: 2, maxLength: 3 }) }),
      node('alias', { operand: child, name }),
      node('call', { name, args: few(fc.oneof(child, star)) }),
      node('call', { name, distinct: fc.constant(true), args: few(child, 1), parameters: maybe(few(child)) }),
      node('call', { name, parameters: few(child), args: few(child) }),
      node('parameter', { name, type }),
      node('subquery', { query }),
    ),
    select: node('select', {
      with: few(withItem),
      distinct: flag,
      items: few(fc.oneof(child, star), 1),
      from: maybe(from),
      where: maybe(child),
      groupBy: few(child),
      having: maybe(child),
      orderBy: few(orderItem),
      limit: maybe(child),
      offset: maybe(child),
      settings: few(setting),
    }),
  };
});

/** Keys of tables are lists of expressions; a lone tuple would be the list of its elements. */
const isKey = (key: readonly Expression[]): boolean =>
  key.length !== 1 ||
  !(key[0]!.kind === 'tuple' || (key[0]!.kind === 'call' && key[0]!.name.toLowerCase() === 'tuple'));
const key = few(expression).filter(isKey);
const shardBy = fc.oneof(
  placed({ method: fc.constant('hash'), columns: few(name, 1), shardCount: maybe(fc.nat(999)) }),
  placed({ method: fc.constant('mod'), columns: name.map((n) => [n]), shardCount: fc.nat(999) }),
);
const call = placed({ name, args: maybe(few(literal)) });
const codec = maybe(few(call, 1));
const layout = fc.oneof(
  fc.constantFrom({ kind: 'KEYS' }, { kind: 'FULL' }),
  fc.record({ kind: fc.constantFrom('COVERING', 'SPLIT'), columns: few(expression, 1) }),
  few(fc.tuple(expression, codec), 1).map((items) => ({
    kind: 'COLUMNAR' as const,
    columns: items.map(([column]) => column),
    codecs: items.map(([, calls]) => calls),
  })),
);
const index = placed({
  name,
  expression: expression.filter((e) => e.kind !== 'alias'),
  type: call,
  granularity: fc.nat(),
});
const format = maybe(fc.constantFrom('JSON', 'TabSeparated'));
const column = placed({ name, type, defaultValue: maybe(expression), comment: maybe(fc.string()), codec });
const topSelect = fc.tuple(select, format).map(([query, f]) => ({ ...query, format: f }));
const assignment = placed({ column: name, value: expression });

const partition = fc.oneof(node('value', { value: expression }), node('id', { id: fc.string() }));

const plainStatement: fc.Arbitrary<Statement> = fc.oneof(
  node('createTable', {
    ifNotExists: flag,
    table: tableName,
    columns: few(column, 1),
    indexes: few(index),
    engine: maybe(fc.record({ name, args: few(expression) })),
    primaryKey: key,
    orderBy: maybe(key),
    partitionBy: maybe(expression),
    ttl: maybe(expression),
    shardBy: maybe(shardBy),
    colocateWith: maybe(tableName),
    settings: few(setting),
    comment: maybe(fc.string()),
  }),
  node('createIndexTable', {
    unique: flag,
    ifNotExists: flag,
    indexTable: tableName,
    table: tableName,
    columns: few(expression),
    shardBy: maybe(shardBy),
    layout,
    partitionBy: maybe(expression),
    orderBy: key,
    indexes: few(index),
    using: maybe(name),
    where: maybe(expression),
    settings: few(setting),
  }),
  node('createIndexTable', {
    unique: flag,
    ifNotExists: flag,
    indexTable: tableName,
    table: tableName,
    columns: few(expression),
    unsharded: fc.record({ database: maybe(name) }),
    layout,
    orderBy: fc.constant([]),
    indexes: few(index),
    settings: few(setting),
  }),
  node('insert', {
    table: tableName,
    columns: maybe(few(name, 1)),
    settings: few(setting),
    source: fc.oneof(
      fc.record({ kind: fc.constant('values'), rows: few(few(expression, 1), 1) }),
      fc.record({ kind: fc.constant('select'), query: select }),
      fc.record({
        kind: fc.constant('format'),
        format: fc.constantFrom('CSV', 'JSONEachRow'),
        offset: fc.constant(0),
      }),
    ),
  }),
  node('update', {
    table: tableName,
    assignments: few(assignment, 1),
    where: maybe(expression),
    settings: few(setting),
  }),
  node('delete', { table: tableName, where: maybe(expression), settings: few(setting) }),
  node('createDatabase', { ifNotExists: flag, name, engine: maybe(name) }),
  node('dropDatabase', { ifExists: flag, name }),
  node('dropTable', { ifExists: flag, table: tableName, indexTable: flag }),
  node('truncate', { ifExists: flag, table: tableName }),
  node('optimize', {
    table: tableName,
    partition: maybe(partition),
    final: flag,
    settings: few(setting),
  }),
  fc.oneof(
    node('alterParts', {
      action: fc.constantFrom('ATTACH', 'DETACH'),
      table: tableName,
      partition,
      part: fc.constant(undefined),
    }),
    node('alterParts', {
      action: fc.constantFrom('ATTACH', 'DETACH'),
      table: tableName,
      partition: fc.constant(undefined),
      part: name,
    }),
  ),
  node('addSkipIndex', {
    table: tableName,
    ifNotExists: flag,
    index,
    place: fc.oneof(fc.constantFrom(undefined, 'first'), fc.record({ after: name })),
  }),
  fc.oneof(
    node('alterSkipIndex', {
      action: fc.constantFrom('MATERIALIZE', 'CLEAR'),
      table: tableName,
      ifExists: flag,
      name,
      partition: maybe(partition),
    }),
    node('alterSkipIndex', {
      action: fc.constant('DROP'),
      table: tableName,
      ifExists: flag,
      name,
      partition: fc.constant(undefined),
    }),
  ),
  node('use', { database: name }),
  node('set', { settings: few(setting, 1) }),
  node('begin', {}),
  node('commit', {}),
  node('rollback', {}),
  node('systemLanes', { action: fc.constantFrom('STOP', 'START'), indexTable: maybe(tableName) }),
  node('rewindLanes', { indexTable: tableName, to: maybe(fc.nat()) }),
  node('alterIndexTable', {
    indexTable: tableName,
    actions: few(
      fc.oneof(
        node('layout', { layout, partitionBy: maybe(expression), orderBy: key }),
        node('shards', { shardCount: fc.nat({ max: 999_999_999 }) }),
        node('settings', { settings: few(setting, 1) }),
      ),
      1,
    ),
  }),
  node('rebuildIndexTable', { indexTable: tableName }),
);
const shownStatement: fc.Arbitrary<Statement> = fc.oneof(
  topSelect,
  node('checkTable', { table: tableName, partition: maybe(partition), settings: few(setting), format }),
  node('checkTable', { table: tableName, part: fc.string(), settings: few(setting), format }),
  node('checkIndexTable', {
    indexTable: tableName,
    shards: maybe(few(fc.nat(1023), 1)),
    settings: few(setting),
    format,
  }),
  node('repairIndexTable', { indexTable: tableName, settings: few(setting), format }),
  node('showDatabases', { format }),
  node('showTables', { database: maybe(name), like: maybe(fc.string()), format }),
  node('showCreate', { table: tableName, format }),
  node('showIndex', { table: tableName, format }),
  node('showSettings', { like: maybe(fc.string()), format }),
  node('describe', { table: tableName, format }),
  node('exists', { table: tableName, format }),
);
const explained = fc.oneof(
  plainStatement.filter((s) => s.kind !== 'insert' || s.source.kind !== 'format'),
  shownStatement.map((s) => ({ ...s, format: undefined }) as Statement),
);
const statement: fc.Arbitrary<Statement> = fc.oneof(
  plainStatement,
  shownStatement,
  node('explain', {
    mode: fc.constantFrom('FUNNEL', 'PLAN', 'SYNTAX', 'AST'),
    analyze: flag,
    why: flag,
    settings: few(setting),
    statement: explained,
    format,
  }),
);

describe('the printer', () => {
  test('prints every expression so that parsing gives it back', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        expect(shape(parseExpression(printExpression(tree)))).toEqual(shape(tree));
      }),
      { numRuns: 1000 },
    );
  });

  test('prints every statement so that parsing gives it back and printing again the same text', () => {
    fc.assert(
      fc.property(statement, (tree) => {
        const text = printStatement(tree);
        const parsed = parseStatement(text);
        expect(shape(parsed)).toEqual(shape(tree));
        expect(printStatement(parsed)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['(a+b)*c', '(a + b) * c'],
    ['(a*b)+c', 'a * b + c'],
    ['a-(b-c)-d', 'a - (b - c) - d'],
    ['not (a and b)', 'NOT (a AND b)'],
    ['((not a) and b) or c', 'NOT a AND b OR c'],
    ['(a is null) = 1', '(a IS NULL) = 1'],
    ['- (- 1)', '-(-1)'],
    ['-(1)', '-(1)'],
    ['a::UInt8::String', 'CAST(CAST(a AS UInt8) AS String)'],
    ['a ? b : c', 'if(a, b, c)'],
    ["date '2001-01-01' + interval '3 day'", "CAST('2001-01-01' AS Date) + INTERVAL 3 DAY"],
    ['`date` + `from` + `a``b`', 'date + `from` + `a\\`b`'],
  ])('prints %s as %s', (text, printed) => {
    expect(printExpression(parseExpression(text))).toBe(printed);
  });
});
