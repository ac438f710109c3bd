import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasInlineData, splitStatements } from './split-statements.ts';

test('a semicolon ends a statement only outside quotes and comments', () => {
  expect(
    splitStatements(`SELECT ';'; SELECT "a;b", \`c;\` -- not; here\n; /* nor; here */ SELECT 1`),
  ).toEqual({
    statements: [`SELECT ';'`, ` SELECT "a;b", \`c;\` -- not; here\n`],
    rest: ' /* nor; here */ SELECT 1',
  });
  expect(splitStatements(`SELECT 'it\\'s; ''one'';'; x`)).toEqual({
    statements: [`SELECT 'it\\'s; ''one'';'`],
    rest: ' x',
  });
});

test('an open quote or comment keeps everything after it', () => {
  for (const open of [`SELECT 'a;`, 'SELECT "a;', 'SELECT `a;', 'SELECT /* a;', 'SELECT 1 -- a;']) {
    expect(splitStatements(`SELECT 1;${open}`)).toEqual({ statements: ['SELECT 1'], rest: open });
  }
});

test('the data of INSERT … FORMAT is not split', () => {
  const insert = 'INSERT INTO t FORMAT CSV\n1,"a;b"\n2,"c"\n';
  expect(splitStatements(`SELECT 1;${insert}`)).toEqual({ statements: ['SELECT 1'], rest: insert });
  expect(splitStatements('INSERT INTO t (a) VALUES (1); SELECT 2').statements).toEqual([
    'INSERT INTO t (a) VALUES (1)',
  ]);
  expect(hasInlineData('SELECT 1 FORMAT CSV ')).toBe(false);
});

const piece = fc.oneof(
  fc.constantFrom('SELECT', '1', '-', '/', ' ', '\n', '-- a; b\n', "/* ;' */"),
  fc.string().map((text) => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`),
  fc.string().map((text) => `'${text.replaceAll('\\', '').replaceAll("'", "''")}'`),
  fc.string().map((text) => `"${text.replace(/[\\"]/g, (c) => `\\${c}`)}"`),
);
// Ends in a word, so that it is never blank and no `-` or `/` begins a comment with the next one.
const statement = fc.array(piece).map((pieces) => `${pieces.join(' ')} x`);

test('statements joined by semicolons come apart again', () => {
  fc.assert(
    fc.property(fc.array(statement), statement, (statements, rest) => {
      expect(splitStatements([...statements, rest].join(';'))).toEqual({ statements, rest });
    }),
  );
});
