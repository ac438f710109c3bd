// cast.ts — conversion between types, as CAST does it.
//
// Whole numbers wrap, fractions are cut off, text must parse whole. The pair of types decides once, rows only compute.

import type { SourcePosition } from '../base/errors.ts';
import { WinnowError } from '../base/errors.ts';
import { expandDictionary, relabelled, repeatRow, retyped } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import {
  holdsLowCardinality,
  isComposite,
  isEnum,
  isNullable,
  sameType,
  sameValues,
  typeName,
  withoutLowCardinality,
  withoutNullable,
  type DataType,
  type EnumType,
} from '../types/data-type.ts';
import { appendText, textAt } from '../types/text.ts';
import { castComposite, defaultKernel } from './cast-composite.ts';
import { castAddress } from './cast-address.ts';
import { castNumber } from './cast-numbers.ts';
import type { ScalarKernel } from './expression.ts';
import { castTemporal } from './cast-temporal.ts';
import { propagateNulls, unionOfNulls, withNulls, withoutNulls } from './null-propagation.ts';
import { enumNumber, isAddress, isDay, isText, isTemporal } from './type-classes.ts';
import { bytes, fixed, fixedColumn } from './vectors.ts';

export { commonType } from './common-type.ts';

export type CastKernel = (column: Column, rowCount: number) => Column;

/** The column's values as values of `type`. CANNOT_CONVERT_TYPE when the types do not convert, parse errors for bad text. */
export function castColumn(column: Column, type: DataType): Column {
  return castKernel(column.type, type)(expandDictionary(column), column.rowCount);
}

/** How to convert from one type to another; throws at once when there is no way. */
export function castKernel(from: DataType, to: DataType, position?: SourcePosition): CastKernel {
  if (sameType(from, to)) return (column) => column;
  if (sameValues(from, to)) return (column) => retyped(column, to);
  if (holdsLowCardinality(from) || holdsLowCardinality(to)) {
    const plain = castKernel(withoutLowCardinality(from), withoutLowCardinality(to), position);
    return (column, rowCount) => retyped(plain(retyped(column, withoutLowCardinality(from)), rowCount), to);
  }
  if (from.kind === 'Nullable') return castNullable(from.inner, to, position);
  if (to.kind === 'Nullable') {
    const inner = castKernel(from, to.inner, position);
    return (column, rowCount) => withNulls(inner(column, rowCount), new Uint8Array(rowCount));
  }
  const kernel = castPlain(from, to);
  if (!kernel)
    throw new WinnowError('CANNOT_CONVERT_TYPE', `${typeName(from)} does not convert to ${typeName(to)}`, {
      position,
    });
  return kernel;
}

function castNullable(from: DataType, to: DataType, position?: SourcePosition): CastKernel {
  if (to.kind === 'Nullable') {
    if (from.kind === 'Nothing') return (column, rowCount) => allNullKernel(to)([column], rowCount);
    const inner = castKernel(from, to.inner, position);
    const run = propagateNulls(([column], rowCount) => inner(column!, rowCount));
    return (column, rowCount) => run([column], rowCount);
  }
  const refusal = (): WinnowError =>
    new WinnowError('CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN', `NULL does not convert to ${typeName(to)}`, {
      position,
      hint: `convert to Nullable(${typeName(to)}), or replace NULL by ifNull`,
    });
  if (from.kind === 'Nothing') throw new WinnowError('CANNOT_CONVERT_TYPE', refusal().message, { position });
  const inner = castKernel(from, to, position);
  return (column, rowCount) => {
    if (unionOfNulls([column], rowCount)) throw refusal();
    return inner(withoutNulls(column), rowCount);
  };
}

/** NULL in every row, whatever the arguments. */
export function allNullKernel(type: DataType): ScalarKernel {
  const builder = createColumnBuilder(type, 1);
  builder.appendNull();
  const column = builder.finish();
  return (_, rowCount) => repeatRow(column, 0, rowCount);
}

function castPlain(from: DataType, to: DataType): CastKernel | undefined {
  // Only arrays without elements have elements of type Nothing.
  if (from.kind === 'Nothing') return defaultKernel(to);
  if (isComposite(from) || isComposite(to)) return castComposite(from, to, castKernel);
  if (to.kind === 'String') return from.kind === 'FixedString' ? cutZeros : print;
  if (to.kind === 'FixedString') return isText(from) ? padTo(to) : undefined;
  if (isText(from)) return parseAs(to);
  if (from.kind === 'UUID' || to.kind === 'UUID') return undefined;
  if (isAddress(from) || isAddress(to)) return castAddress(from, to);
  if (isEnum(to)) return castToEnum(from, to);
  if (isTemporal(from) || isTemporal(to)) return castTemporal(from, to);
  return castNumber(from, to);
}

/** Any type as its plain text. */
function print(column: Column, rowCount: number): Column {
  const offsets = new Uint32Array(rowCount + 1);
  let all = '';
  for (let row = 0; row < rowCount; row++) {
    const text = textAt(column, row);
    all += text;
    // Only the names of enums have characters of several bytes.
    offsets[row + 1] = offsets[row]! + (isEnum(column.type) ? Buffer.byteLength(text) : text.length);
  }
  return {
    layout: 'bytes',
    type: { kind: 'String' },
    rowCount,
    offsets,
    bytes: Buffer.from(all),
    nulls: undefined,
  };
}

/** FixedString as String: without the zero bytes that fill it. */
function cutZeros(column: Column, rowCount: number): Column {
  const { bytes: source, offsets } = bytes(column);
  const builder = createColumnBuilder({ kind: 'String' }, rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = offsets[row]!;
    let end = offsets[row + 1]!;
    while (end > start && source[end - 1] === 0) end--;
    builder.appendBytes(source, start, end);
  }
  return builder.finish();
}

function padTo(type: Extract<DataType, { kind: 'FixedString' }>): CastKernel {
  return (column, rowCount) => {
    const { bytes: source, offsets } = bytes(column);
    const builder = createColumnBuilder(type, rowCount);
    const padded = new Uint8Array(type.sizeBytes);
    for (let row = 0; row < rowCount; row++) {
      const value = source.subarray(offsets[row]!, offsets[row + 1]!);
      if (value.length > type.sizeBytes) {
        throw new WinnowError(
          'TOO_LARGE_STRING_SIZE',
          `a string of ${value.length} bytes does not fit ${typeName(type)}`,
        );
      }
      padded.fill(0).set(value);
      builder.appendBytes(padded, 0, padded.length);
    }
    return builder.finish();
  };
}

function parseAs(to: DataType): CastKernel {
  return (column, rowCount) => {
    const strings = column.type.kind === 'FixedString' ? cutZeros(column, rowCount) : column;
    const builder = createColumnBuilder(to, rowCount);
    const read = isDay(to) ? dateOf : (text: string) => text;
    for (let row = 0; row < rowCount; row++) appendText(builder, read(textAt(strings, row)));
    return builder.finish();
  };
}

/** A conversion to Date may start from a date with a time, whose date counts. */
function dateOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}/.test(text) ? text.slice(0, 10) : text;
}

function castToEnum(from: DataType, to: EnumType): CastKernel | undefined {
  const numbers = from.kind === to.kind ? (column: Column) => column : castNumber(from, enumNumber(to));
  if (!numbers) return undefined;
  const known = new Set(to.entries.map((entry) => entry.value));
  return (column, rowCount) => {
    const { values } = fixed(numbers(column, rowCount));
    for (let row = 0; row < rowCount; row++) {
      if (known.has(values[row] as number)) continue;
      throw new WinnowError('UNKNOWN_ELEMENT_OF_ENUM', `${values[row]} is not a value of ${typeName(to)}`);
    }
    return fixedColumn(to, values, rowCount);
  };
}

/**
 * As castKernel, but a FixedString keeps its zero bytes as a String: what happens when values of several types meet in one column.
 */
export function coerceKernel(from: DataType, to: DataType, position?: SourcePosition): CastKernel {
  if (withoutNullable(from).kind !== 'FixedString' || withoutNullable(to).kind !== 'String')
    return castKernel(from, to, position);
  return (column, rowCount) =>
    relabelled(column, to, isNullable(to) ? (column.nulls ?? new Uint8Array(rowCount)) : undefined);
}
