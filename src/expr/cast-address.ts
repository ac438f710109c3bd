// cast-address.ts — conversion between IPv4 and IPv6, and between them and unsigned numbers. Numbers too large for IPv4 wrap.

import { WinnowError } from '../base/errors.ts';
import { relabelled } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import { ipv4OfIpv6, ipv6OfIpv4 } from '../types/ip-text.ts';
import { textAt } from '../types/text.ts';
import { anyNumberShape, isInteger, uint32 } from './type-classes.ts';
import { bytes, columnOfWholes, fixed, wholesOf } from './vectors.ts';

type Kernel = (column: Column, rowCount: number) => Column;

/** The kernel, when at least one of the types is an address; undefined when they do not convert. */
export function castAddress(from: DataType, to: DataType): Kernel | undefined {
  if (from.kind === 'IPv4' && to.kind === 'IPv6') return toIpv6;
  if (from.kind === 'IPv6' && to.kind === 'IPv4') return toIpv4;
  if (to.kind === 'IPv4') return isUnsigned(from) && isInteger(from) ? wrapInto(to) : undefined;
  if (from.kind === 'IPv4')
    return isUnsigned(to) && anyNumberShape(to)!.sizeBytes >= 4 ? wrapInto(to) : undefined;
  // In memory both are 16 bytes, the highest first.
  if (from.kind === 'IPv6' ? to.kind === 'UInt128' : from.kind === 'UInt128')
    return (column) => relabelled(column, to, undefined);
  return undefined;
}

function isUnsigned(type: DataType): boolean {
  return type.kind !== 'Bool' && anyNumberShape(type)?.signed === false;
}

function wrapInto(to: DataType): Kernel {
  return (column, rowCount) => {
    const numbers = column.type.kind === 'IPv4' ? relabelled(column, uint32, undefined) : column;
    return columnOfWholes(to, wholesOf(numbers, rowCount), rowCount);
  };
}

const toIpv6: Kernel = (column, rowCount) => {
  const { values } = fixed(column);
  const builder = createColumnBuilder({ kind: 'IPv6' }, rowCount);
  for (let row = 0; row < rowCount; row++) builder.appendBytes(ipv6OfIpv4(values[row] as number), 0, 16);
  return builder.finish();
};

const toIpv4: Kernel = (column, rowCount) => {
  const { bytes: source, offsets } = bytes(column);
  const builder = createColumnBuilder({ kind: 'IPv4' }, rowCount);
  for (let row = 0; row < rowCount; row++) {
    const address = ipv4OfIpv6(source, offsets[row]!);
    if (address === undefined)
      throw new WinnowError('CANNOT_CONVERT_TYPE', `${textAt(column, row)} is no IPv4 address inside IPv6`);
    builder.appendNumber(address);
  }
  return builder.finish();
};
