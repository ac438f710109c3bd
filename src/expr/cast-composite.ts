// cast-composite.ts — conversion of arrays, tuples and maps: element by element, or by their text.
//
// A map converts as the array of its pairs. Between tuples with names, elements go by name, and one that is missing is
// its type's default; otherwise they go by place.

import { textStyle } from '../formats/cell-style.ts';
import { cellWriter } from '../formats/cells.ts';
import { OutputBuffer } from '../formats/output-buffer.ts';
import { repeatRow, retyped } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder, defaultRow } from '../types/column-builder.ts';
import {
  elementType,
  type ArrayType,
  type DataType,
  type MapType,
  type TupleType,
} from '../types/data-type.ts';
import { appendCompositeText } from '../types/text.ts';
import { arrays, bytes, tuples } from './vectors.ts';

type Kernel = (column: Column, rowCount: number) => Column;

/** How elements convert; throws when they do not. */
type ElementCast = (from: DataType, to: DataType) => Kernel;

/** The type's default in every row. */
export function defaultKernel(type: DataType): Kernel {
  const row = defaultRow(type);
  return (_, rowCount) => repeatRow(row, 0, rowCount);
}

/** The conversion from or to a composite type; undefined when there is none. */
export function castComposite(from: DataType, to: DataType, cast: ElementCast): Kernel | undefined {
  if (from.kind === 'String') return parseAs(to);
  if (to.kind === 'String') return printed;
  if (isList(from) && isList(to)) return castElements(from, to, cast);
  return from.kind === 'Tuple' && to.kind === 'Tuple' ? castFields(from, to, cast) : undefined;
}

function isList(type: DataType): type is ArrayType | MapType {
  return type.kind === 'Array' || type.kind === 'Map';
}

function parseAs(to: DataType): Kernel {
  return (column, rowCount) => {
    const { bytes: source, offsets } = bytes(column);
    const builder = createColumnBuilder(to, rowCount);
    for (let row = 0; row < rowCount; row++)
      appendCompositeText(builder, source, offsets[row]!, offsets[row + 1]!);
    return builder.finish();
  };
}

/** As text, byte for byte. */
function printed(column: Column, rowCount: number): Column {
  const out = new OutputBuffer();
  const write = cellWriter(out, column, textStyle);
  const offsets = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) {
    write(row);
    offsets[row + 1] = out.sizeBytes;
  }
  return {
    layout: 'bytes',
    type: { kind: 'String' },
    rowCount,
    offsets,
    bytes: out.take(),
    nulls: undefined,
  };
}

function castElements(from: ArrayType | MapType, to: ArrayType | MapType, cast: ElementCast): Kernel {
  const kernel = cast(elementType(from), elementType(to));
  return (column) => {
    const { elements, ...rest } = arrays(column);
    return { ...rest, type: to, elements: retyped(kernel(elements, elements.rowCount), elementType(to)) };
  };
}

function castFields(from: TupleType, to: TupleType, cast: ElementCast): Kernel | undefined {
  const byName = isNamed(from) && isNamed(to);
  if (!byName && from.elements.length !== to.elements.length) return undefined;
  const sources = to.elements.map(({ name }, i) =>
    byName ? from.elements.findIndex((element) => element.name === name) : i,
  );
  const kernels = to.elements.map(({ type }, i) => {
    const source = from.elements[sources[i]!];
    return source ? cast(source.type, type) : defaultKernel(type);
  });
  return (column, rowCount) => {
    const given = tuples(column).fields;
    const fields = kernels.map((kernel, i) => kernel(given[sources[i]!] ?? column, rowCount));
    return { layout: 'tuple', type: to, rowCount, fields, nulls: undefined };
  };
}

function isNamed({ elements }: TupleType): boolean {
  return elements.length > 0 && elements.every(({ name }) => name !== undefined);
}
