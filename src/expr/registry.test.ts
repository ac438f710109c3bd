import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { aggregateNames } from './aggregates.ts';
import { aggregatesNotYet, functionsNotYet } from './not-yet.ts';
import { findFunction, functionNames } from './registry.ts';

test('the reference page names every function, and none that is not there', async () => {
  const page = await readFile(new URL('../../docs/reference/functions.md', import.meta.url), 'utf8');
  const table = page.slice(0, page.indexOf('## Where Winnow differs'));
  const named = new Set([...table.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  const callable = [...functionNames(), ...aggregateNames()];
  const families = /^(to|reinterpretAs)U?Int(8|16|32|64|128|256)|Or(Zero|Null)$/;
  expect(callable.filter((name) => !named.has(name) && !families.test(name))).toEqual([]);
  const operators = new Set([
    'CAST',
    'DIV',
    'BETWEEN',
    'IN',
    'CASE',
    'DISTINCT',
    'OrZero',
    'OrNull',
    'NOT_IMPLEMENTED',
    'UNKNOWN_FUNCTION',
  ]);
  expect([...named].filter((name) => !callable.includes(name) && !operators.has(name))).toEqual([]);
});

test('a function is either there or not yet', () => {
  expect(functionNames().filter((name) => functionsNotYet.has(name))).toEqual([]);
  expect(aggregateNames().filter((name) => aggregatesNotYet.has(name))).toEqual([]);
});

test('names are case-sensitive where ClickHouse has them so', () => {
  expect(findFunction('LOWER')).toBe(findFunction('lower'));
  expect(findFunction('toint8')).toBeUndefined();
});
