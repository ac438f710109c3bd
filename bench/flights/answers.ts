// answers.ts — whether engines answer alike: rows in their order where it is defined, floats but for their last digits.

import type { AnswerRow } from './facts.ts';
import type { FlightsQuery } from './queries.ts';

export type NamedAnswer = { readonly name: string; readonly rows: readonly AnswerRow[] };

type Cell = number | string;

const RELATIVE_TOLERANCE = 1e-9;

/** Throws unless all answers to the query are the first one. */
export function requireSameAnswers(query: FlightsQuery, answers: readonly NamedAnswer[]): void {
  const comparable = answers.map(({ rows }) => comparableRows(query, rows));
  const [expected = []] = comparable;
  const other = comparable.findIndex((rows) => !sameRows(rows, expected));
  if (other < 0) return;
  throw new Error(
    `${query.name}: ${answers[other]!.name} answers otherwise than ${answers[0]!.name}\n` +
      `${textOf(expected)}\n\n${textOf(comparable[other]!)}`,
  );
}

function comparableRows({ ordered }: FlightsQuery, rows: readonly AnswerRow[]): Cell[][] {
  const cells = rows.map((row) => row.map(comparableCell));
  // Floats may differ in their last digits, so only texts can decide about the order.
  const key = (row: readonly Cell[]): string => row.filter((cell) => typeof cell === 'string').join('\t');
  return ordered ? cells : cells.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Numbers of all kinds as one, days as text. */
function comparableCell(value: unknown): Cell {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  return String(value);
}

function sameRows(rows: readonly Cell[][], expected: readonly Cell[][]): boolean {
  return (
    rows.length === expected.length &&
    rows.every(
      (row, i) => row.length === expected[i]!.length && row.every((cell, j) => same(cell, expected[i]![j]!)),
    )
  );
}

function same(a: Cell, b: Cell): boolean {
  if (a === b) return true;
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  return Math.abs(a - b) <= RELATIVE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

const textOf = (rows: readonly Cell[][]): string => rows.map((row) => row.join('\t')).join('\n');
