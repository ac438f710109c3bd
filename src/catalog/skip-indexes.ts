// skip-indexes.ts — the skip indexes of a table: from the text of their definitions to what parts are written and read by.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { collectColumns } from '../expr/evaluate.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import { sameExpression } from '../expr/same-expression.ts';
import {
  type BloomParameters,
  requireIndexable,
  type SkipIndex,
  type SkipIndexType,
} from '../parts/skip-index.ts';
import type { Expression } from '../sql/ast.ts';
import { keyElements } from '../sql/parse-common.ts';
import { parseExpression } from '../sql/parser.ts';
import type { NamedType } from '../types/column.ts';
import type { SkipIndexDefinition } from './definitions.ts';
import { bindStored } from './stored-expression.ts';

/** More would be held in memory for every granule of an index, and set for every text. */
const maxFilterBytes = 16_777_216;
const maxHashCount = 1000;
const maxNgramLength = 1000;
const defaultFalsePositiveRate = 0.025;

/**
 * The index over blocks of these columns. Errors: those of binding, INCORRECT_QUERY, BAD_ARGUMENTS, ILLEGAL_COLUMN,
 * NUMBER_OF_ARGUMENTS_DOESNT_MATCH, ARGUMENT_OUT_OF_BOUND; NOT_IMPLEMENTED of an index type that only ClickHouse has.
 */
export function skipIndexOf(definition: SkipIndexDefinition, columns: readonly NamedType[]): SkipIndex {
  const { name, sql, typeSql, granularity } = definition;
  if (granularity < 1) throw new WinnowError('BAD_ARGUMENTS', 'Index GRANULARITY must be a positive integer');
  const type = skipIndexType(parseExpression(typeSql));
  const expressions = keyElements(parseExpression(sql)).map((element) => bindStored(element, columns));
  requireColumns(name, expressions);
  const sources = new Set<number>();
  for (const expression of expressions) collectColumns(expression, sources);
  const index = { name, type, granularity, expressions, sql };
  requireIndexable(index);
  return { ...index, sourceColumns: [...sources].sort((a, b) => a - b) };
}

function requireColumns(name: string, expressions: readonly Bound[]): void {
  if (expressions.length === 0)
    throw new WinnowError('INCORRECT_QUERY', `Skip index '${name}' must have at least one column`);
  if (expressions.some((expression) => collectColumns(expression, new Set()).size === 0))
    throw new WinnowError('INCORRECT_QUERY', `Secondary index '${name}' cannot contain constants`);
  const isTwice = expressions.some((one, i) =>
    expressions.slice(0, i).some((other) => sameExpression(one, other)),
  );
  if (isTwice) throw new WinnowError('BAD_ARGUMENTS', `index '${name}' contains an expression twice`);
}

function skipIndexType(e: Expression): SkipIndexType {
  const args = e.kind === 'call' ? e.args : [];
  const name = e.kind === 'call' ? e.name : e.kind === 'identifier' ? e.parts.join('.') : '';
  switch (name.toLowerCase()) {
    case 'minmax':
      return minmaxType(args);
    case 'set':
      return { kind: 'set', maxRows: setSize(args) };
    case 'bloom_filter':
      return { kind: 'bloom_filter', falsePositiveRate: falsePositiveRate(args) };
    case 'ngrambf_v1': {
      const [ngramLength, ...filter] = filterArguments('ngrambf', 4, args);
      checkRange('the length of an ngram', ngramLength!, maxNgramLength);
      return { kind: 'ngrambf_v1', ngramLength: Number(ngramLength), filter: bloomParameters(filter) };
    }
    case 'tokenbf_v1':
      return { kind: 'tokenbf_v1', filter: bloomParameters(filterArguments('tokenbf', 3, args)) };
    case 'text':
    case 'vector_similarity':
    case 'sparse_grams':
    case 'hypothesis':
      throw notImplemented(`an index of type ${name}`);
    default:
      throw new WinnowError('INCORRECT_QUERY', `Unknown Index type '${name}'`, {
        hint: 'There are: minmax, set, bloom_filter, ngrambf_v1, tokenbf_v1, bitmap.',
      });
  }
}

function minmaxType(args: readonly Expression[]): SkipIndexType {
  if (args.length > 0) throw new WinnowError('BAD_ARGUMENTS', 'a minmax index takes no arguments');
  return { kind: 'minmax' };
}

function setSize(args: readonly Expression[]): number {
  if (args.length !== 1)
    throw new WinnowError('INCORRECT_QUERY', 'Set index must have exactly one argument', {
      hint: 'Write set(100), or set(0) for a set of any size.',
    });
  const rows = wholeNumber(args[0]!);
  if (rows === undefined)
    throw new WinnowError('INCORRECT_QUERY', 'Set index argument must be positive integer');
  if (rows > BigInt(Number.MAX_SAFE_INTEGER))
    throw new WinnowError('ARGUMENT_OUT_OF_BOUND', `a set of ${rows} rows is too large`);
  return Number(rows);
}

function falsePositiveRate(args: readonly Expression[]): number {
  if (args.length > 1)
    throw new WinnowError(
      'NUMBER_OF_ARGUMENTS_DOESNT_MATCH',
      'BloomFilter index cannot have more than one parameter',
    );
  const [arg] = args;
  if (!arg) return defaultFalsePositiveRate;
  const rate = arg.kind === 'literal' && arg.value.kind === 'number' ? Number(arg.value.text) : Number.NaN;
  if (rate > 0 && rate < 1) return rate;
  throw new WinnowError(
    'BAD_ARGUMENTS',
    'The BloomFilter false positive must be a double number between 0 and 1',
  );
}

function filterArguments(name: string, count: number, args: readonly Expression[]): readonly bigint[] {
  if (args.length !== count)
    throw new WinnowError('BAD_ARGUMENTS', `\`${name}\` index must have exactly ${count} arguments`, {
      hint: 'Write ngrambf_v1(length, bytes, hashes, seed) or tokenbf_v1(bytes, hashes, seed).',
    });
  return args.map((arg) => {
    const value = wholeNumber(arg);
    if (value !== undefined) return value;
    throw new WinnowError('BAD_ARGUMENTS', 'All parameters to *bf_v1 index must be unsigned integers');
  });
}

function bloomParameters([sizeBytes, hashCount, seed]: readonly bigint[]): BloomParameters {
  checkRange('the size of bloom filter in bytes', sizeBytes!, maxFilterBytes);
  checkRange('the number of hash functions for bloom filter', hashCount!, maxHashCount);
  return { sizeBytes: Number(sizeBytes), hashCount: Number(hashCount), seed: seed! };
}

function checkRange(what: string, value: bigint, most: number): void {
  if (value === 0n) throw new WinnowError('BAD_ARGUMENTS', `${what} cannot be zero`);
  if (value > BigInt(most))
    throw new WinnowError('ARGUMENT_OUT_OF_BOUND', `${what} is at most ${most}, not ${value}`);
}

/** A literal from 0 to 2^64 - 1. */
function wholeNumber(e: Expression): bigint | undefined {
  if (e.kind !== 'literal' || e.value.kind !== 'number' || !/^\d{1,20}$/.test(e.value.text)) return undefined;
  const value = BigInt(e.value.text);
  return value < 1n << 64n ? value : undefined;
}
