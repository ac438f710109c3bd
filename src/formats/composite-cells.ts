// composite-cells.ts — writes arrays, tuples and maps: brackets, and what stands between them.

import type { ArrayColumn, Column, TupleColumn } from '../types/column.ts';
import type { ArrayType, TupleType } from '../types/data-type.ts';
import { isComposite } from '../types/data-type.ts';
import { textStyle, writeString, type CellStyle, type WriteCell } from './cell-style.ts';
import { OutputBuffer } from './output-buffer.ts';

type CreateCell = (out: OutputBuffer, column: Column, style: CellStyle) => WriteCell;

/** A writer for arrays, tuples or maps; `cell` makes the writers of what they hold. */
export function compositeWriter(
  out: OutputBuffer,
  column: ArrayColumn | TupleColumn,
  style: CellStyle,
  cell: CreateCell,
): WriteCell {
  switch (style.composites) {
    case 'text':
      return partsWriter({ out, cell }, column, { ...textStyle, utf8Only: style.utf8Only });
    case 'quoted text': {
      const inner = new OutputBuffer();
      const write = partsWriter({ out: inner, cell }, column, { ...textStyle, utf8Only: style.utf8Only });
      return (row) => {
        write(row);
        writeString(out, style, inner.take(), 0);
      };
    }
    default:
      return partsWriter({ out, cell }, column, style);
  }
}

type Sink = { readonly out: OutputBuffer; readonly cell: CreateCell };

type Brackets = {
  readonly open: string;
  readonly separator: string;
  readonly close: string;
  readonly empty: string;
};

/** The parts of a value between its brackets. */
function partsWriter(sink: Sink, column: ArrayColumn | TupleColumn, style: CellStyle): WriteCell {
  if (column.layout === 'tuple') return tupleWriter(sink, column, style);
  if (column.type.kind === 'Map') return mapWriter(sink, column, style);
  const onePerLine = isComposite((column.type as ArrayType).inner);
  const item = sink.cell(sink.out, column.elements, deeper(style));
  return listWriter(sink.out, column, bracketsOf('[]', onePerLine ? style : inOneLine(style)), item);
}

function mapWriter({ out, cell }: Sink, column: ArrayColumn, style: CellStyle): WriteCell {
  const [keys, values] = (column.elements as TupleColumn).fields as [Column, Column];
  // The names of a JSON object are strings, whatever the keys are.
  const key = cell(out, keys, isJson(style) ? { ...style, quoted: 'all', denormals: 'quoted' } : style);
  const value = cell(out, values, deeper(style));
  const colon = colonOf(style);
  return listWriter(out, column, bracketsOf('{}', style), (row) => {
    key(row);
    out.ascii(colon);
    value(row);
  });
}

function listWriter(
  out: OutputBuffer,
  { offsets }: ArrayColumn,
  { open, separator, close, empty }: Brackets,
  item: WriteCell,
): WriteCell {
  return (row) => {
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    if (start === end) return out.ascii(empty);
    for (let i = start; i < end; i++) {
      out.ascii(i === start ? open : separator);
      item(i);
    }
    out.ascii(close);
  };
}

function tupleWriter({ out, cell }: Sink, column: TupleColumn, style: CellStyle): WriteCell {
  const { elements } = column.type as TupleType;
  const named = isJson(style) && elements[0]?.name !== undefined;
  const { open, separator, close, empty } = bracketsOf(named ? '{}' : isJson(style) ? '[]' : '()', style);
  if (elements.length === 0) return () => out.ascii(empty);
  const before = elements.map(({ name }, i) =>
    Buffer.from((i === 0 ? open : separator) + (named ? quotedName(name!, style) + colonOf(style) : '')),
  );
  const fields = column.fields.map((field) => cell(out, field, deeper(style)));
  return (row) => {
    for (let i = 0; i < before.length; i++) {
      out.raw(before[i]!, 0);
      fields[i]!(row);
    }
    out.ascii(close);
  };
}

function bracketsOf(pair: string, { composites }: CellStyle): Brackets {
  const [open, close] = [pair[0]!, pair[1]!];
  if (typeof composites === 'string') return { open, separator: ',', close, empty: pair };
  const line = `\n${'\t'.repeat(composites.indented)}`;
  return { open: `${open}${line}\t`, separator: `,${line}\t`, close: line + close, empty: pair };
}

function isJson({ composites }: CellStyle): boolean {
  return composites === 'json' || typeof composites === 'object';
}

function colonOf({ composites }: CellStyle): string {
  return typeof composites === 'object' ? ': ' : ':';
}

/** The style of what stands one level deeper. */
function deeper(style: CellStyle): CellStyle {
  const { composites } = style;
  if (typeof composites === 'string') return style;
  return { ...style, composites: { indented: composites.indented + 1 } };
}

function inOneLine(style: CellStyle): CellStyle {
  return typeof style.composites === 'object' ? { ...style, composites: 'json' } : style;
}

function quotedName(name: string, style: CellStyle): string {
  const out = new OutputBuffer();
  writeString(out, style, Buffer.from(name), 0);
  return out.take().toString();
}
