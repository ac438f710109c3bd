import { describe, expect, test } from 'vitest';
import { quoteIdentifier, quoteString } from './identifiers.ts';
import { readToken, type Token } from './lexer.ts';

function tokens(text: string): string[] {
  const found: string[] = [];
  for (let token: Token = readToken(text, 0); token.kind !== 'end'; token = readToken(text, token.end)) {
    found.push(`${token.kind} ${token.text}`);
    if (token.kind === 'invalid') break;
  }
  return found;
}

describe('the lexer', () => {
  test('skips white space and all four kinds of comment', () => {
    expect(tokens('a -- b\n/* c /* d */ e */ f # g\n#!h\n\uFEFF\u00A0i')).toEqual([
      'word a',
      'word f',
      'word i',
    ]);
  });

  test('prefers the longest symbol', () => {
    expect(tokens('a::b<=c||d->e<>f==g').filter((t) => t.startsWith('symbol'))).toEqual([
      'symbol ::',
      'symbol <=',
      'symbol ||',
      'symbol ->',
      'symbol <>',
      'symbol ==',
    ]);
  });

  test.each([
    ['1_000', '1000'],
    ['0xfF', '255'],
    ['0xFFFFFFFFFFFFFFFF', '18446744073709551615'],
    ['0b101', '5'],
    ['.5', '0.5'],
    ['1.', '1.'],
    ['1.5e-3', '1.5e-3'],
  ])('reads the number %s as %s', (text, value) => {
    expect(tokens(text)).toEqual([`number ${value}`]);
  });

  test.each([
    ["'it''s'", "it's"],
    [String.raw`'\n\t\\\'\0'`, "\n\t\\'\0"],
    [String.raw`'\x41\xD0\xBF'`, 'Aп'],
    [String.raw`'\q'`, String.raw`\q`],
    [`'a""b'`, 'a""b'],
    ["'línea\n2'", 'línea\n2'],
  ])('reads the string %s', (text, value) => {
    expect(tokens(text)).toEqual([`string ${value}`]);
  });

  test.each([
    ['`a``b`', 'a`b'],
    ['"a""b"', 'a"b'],
    [String.raw`"a\"b"`, 'a"b'],
    ['`select`', 'select'],
  ])('reads the quoted identifier %s', (text, value) => {
    expect(tokens(text)).toEqual([`quoted ${value}`]);
  });

  test.each([
    "'a",
    '`a',
    '"a',
    "'a\\'",
    '/* /* */',
    '1a',
    '0x',
    '1_',
    '12é',
    'é',
    '!',
    '@',
    '``',
    "'\\xFF'",
    '\0',
  ])('reads %j as invalid and says why', (text) => {
    const last = tokens(text).at(-1);
    expect(last).toMatch(/^invalid [a-z ]+/i);
  });
});

describe('quoting', () => {
  test.each([
    ['a', 'a'],
    ['date', 'date'],
    ['key', 'key'],
    ['From', '`From`'],
    ['index', '`index`'],
    ['a b', '`a b`'],
    ['1a', '`1a`'],
    ['a`b\\', '`a\\`b\\\\`'],
    ['', '``'],
  ])('writes the name %j as %s', (name, text) => {
    expect(quoteIdentifier(name)).toBe(text);
  });

  test('writes any string so that the lexer reads it back', () => {
    for (const text of ["it's", '\\', '\0\n\r\t\b\f', '`"', 'é😀', '']) {
      expect(readToken(quoteString(text), 0)).toMatchObject({ kind: 'string', text });
    }
  });
});
