// cast-numbers.ts — conversion among integers, floats, Bool, enums (by number) and decimals.

import { WinnowError } from '../base/errors.ts';
import type { Column } from '../types/column.ts';
import { isEnum, typeName, type DataType } from '../types/data-type.ts';
import { wideShape } from '../types/wide-number.ts';
import { anyNumberShape, type AnyNumberShape, enumNumber, storageLimit } from './type-classes.ts';
import {
  columnOfBigints,
  columnOfFloats,
  columnOfWholes,
  fixedColumn,
  floatsOf,
  is64,
  newWholes,
  truthOf,
  wholesOf,
} from './vectors.ts';

type Kernel = (column: Column, rowCount: number) => Column;
type Decimal = Extract<DataType, { kind: 'Decimal' }>;

/** The kernel; undefined when the types do not convert. */
export function castNumber(from: DataType, to: DataType): Kernel | undefined {
  const source = anyNumberShape(isEnum(from) ? enumNumber(from) : from);
  const target = anyNumberShape(to);
  if (from.kind === 'Decimal') {
    if (to.kind === 'Decimal') return rescale(from, to);
    return (
      target &&
      (to.kind === 'Bool'
        ? toBool
        : target.float
          ? decimalToFloat(from, to)
          : decimalToInteger(from, to, target))
    );
  }
  if (!source) return undefined;
  if (to.kind === 'Decimal') return source.float ? floatToDecimal(from, to) : integerToDecimal(to);
  if (to.kind === 'Bool') return toBool;
  return target && numberToNumber(from, to, source, target);
}

const toBool: Kernel = (column, rowCount) =>
  fixedColumn({ kind: 'Bool' }, truthOf(column, rowCount), rowCount);

function numberToNumber(
  from: DataType,
  to: DataType,
  source: AnyNumberShape,
  target: AnyNumberShape,
): Kernel {
  if (source.float && !target.float) return (column, rowCount) => floatToInteger(column, to, rowCount);
  if (is64(from) || wideShape(from) || wideShape(to))
    return (column, rowCount) => columnOfWholes(to, wholesOf(column, rowCount), rowCount);
  return (column, rowCount) => columnOfFloats(to, floatsOf(column, rowCount), rowCount);
}

/**
 * Cuts off the fraction. A number beyond the CPU's conversion (32 bits for narrow types, else 64) becomes that
 * conversion's smallest number, as it does in ClickHouse on x86; what the type then cannot hold wraps. To more than 64
 * bits conversion is exact, where ClickHouse loses digits.
 */
function floatToInteger(column: Column, to: DataType, rowCount: number): Column {
  const floats = floatsOf(column, rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (!Number.isFinite(floats[row])) {
      throw new WinnowError('CANNOT_CONVERT_TYPE', `${floats[row]} does not convert to ${typeName(to)}`);
    }
  }
  if (wideShape(to))
    return columnOfWholes(
      to,
      Array.from(floats.subarray(0, rowCount), (value) => BigInt(Math.trunc(value))),
      rowCount,
    );
  if (to.kind === 'UInt64')
    return columnOfBigints(to, BigUint64Array.from(floats.subarray(0, rowCount), unsignedWord), rowCount);
  const wide = to.kind === 'Int64' || to.kind === 'UInt32';
  const limit = wide ? 2 ** 63 : 2 ** 31;
  const held = (value: number): number => (value >= -limit && value < limit ? value : -limit);
  return columnOfFloats(to, floats.map(held), rowCount);
}

/** As the other widths: by way of a signed word, except that numbers from 2^63 on have their own way. */
function unsignedWord(value: number): bigint {
  const half = 2 ** 63;
  if (value < half) return BigInt.asUintN(64, BigInt(Math.trunc(Math.max(value, -half))));
  return value < 2 * half ? BigInt(value) : 2n ** 63n;
}

function overflow(to: DataType): WinnowError {
  return new WinnowError('DECIMAL_OVERFLOW', `a value does not fit ${typeName(to)}`);
}

/** ClickHouse checks the range of the stored number, not the declared digits. */
function rescale(from: Decimal, to: Decimal): Kernel {
  const limit = storageLimit(to.precision);
  const [up, down] = [
    10n ** BigInt(Math.max(0, to.scale - from.scale)),
    10n ** BigInt(Math.max(0, from.scale - to.scale)),
  ];
  return mapBigints(to, (value) => {
    const scaled = (value * up) / down;
    if (scaled >= limit || scaled < -limit) throw overflow(to);
    return scaled;
  });
}

function integerToDecimal(to: Decimal): Kernel {
  return (column, rowCount) => rescale({ kind: 'Decimal', precision: 18, scale: 0 }, to)(column, rowCount);
}

function floatToDecimal(from: DataType, to: Decimal): Kernel {
  const limit = Number(storageLimit(to.precision));
  const factor = 10 ** to.scale;
  // A Float32 is scaled in its own precision.
  const own = from.kind === 'Float32' ? Math.fround : (value: number) => value;
  return (column, rowCount) => {
    const floats = floatsOf(column, rowCount);
    const scaled = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const value = Math.trunc(own(floats[row]! * factor));
      if (!(value < limit && value >= -limit)) throw overflow(to);
      scaled[row] = value;
    }
    return wideShape(to)
      ? columnOfWholes(to, Array.from(scaled, BigInt), rowCount)
      : columnOfFloats(to, scaled, rowCount);
  };
}

function decimalToFloat(from: Decimal, to: DataType): Kernel {
  const divisor = 10 ** from.scale;
  return (column, rowCount) =>
    columnOfFloats(
      to,
      floatsOf(column, rowCount).map((value) => value / divisor),
      rowCount,
    );
}

function decimalToInteger(from: Decimal, to: DataType, { signed, sizeBytes }: AnyNumberShape): Kernel {
  const divisor = 10n ** BigInt(from.scale);
  const bits = sizeBytes * 8;
  return mapBigints(to, (value) => {
    const whole = value / divisor;
    if ((signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)) !== whole) throw overflow(to);
    return whole;
  });
}

function mapBigints(to: DataType, map: (value: bigint) => bigint): Kernel {
  return (column, rowCount) => {
    const source = wholesOf(column, rowCount);
    const out = newWholes(to, rowCount);
    for (let row = 0; row < rowCount; row++) out[row] = map(source[row]!);
    return columnOfWholes(to, out, rowCount);
  };
}
