// gather-sources.ts — rows chosen from columns of several sources, as one column.

import { assert } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { inKernelMemory, kernelRuntime } from '../kernels/runtime.ts';
import type { ArrayColumn, BytesColumn, Column, FixedColumn, FixedValues } from '../types/column.ts';

/** Row i is row `rows[i]` of source `sources[i]`; both lie in the kernels' memory. */
export type ChosenRows = { readonly sources: Uint16Array; readonly rows: Uint32Array };

/** `columns`: one per source, all of one type and layout, none of dictionaries, all in the kernels' memory. */
export function gatherSources(columns: readonly Column[], chosen: ChosenRows, arena: Arena): Column {
  const first = columns[0];
  assert(first && first.layout !== 'dictionary', 'sources have values');
  const rowCount = chosen.rows.length;
  switch (first.layout) {
    case 'fixed': {
      const values = gatherValues(
        columns.map((column) => (column as FixedColumn).values),
        chosen,
        arena,
      );
      return { ...first, rowCount, values, nulls: gatherNulls(columns, chosen, arena) };
    }
    case 'bytes': {
      const texts = gatherTexts(columns as readonly BytesColumn[], chosen, arena);
      return { ...first, rowCount, ...texts, nulls: gatherNulls(columns, chosen, arena) };
    }
    case 'array':
      return { ...first, rowCount, ...gatherArrays(columns as readonly ArrayColumn[], chosen, arena) };
    case 'tuple': {
      const fields = first.fields.map((_, i) =>
        gatherSources(
          columns.map((column) => fieldOf(column, i)),
          chosen,
          arena,
        ),
      );
      return { ...first, rowCount, fields };
    }
  }
}

function fieldOf(column: Column, index: number): Column {
  assert(column.layout === 'tuple', 'columns of one type');
  return column.fields[index]!;
}

function gatherNulls(columns: readonly Column[], chosen: ChosenRows, arena: Arena): Uint8Array | undefined {
  const nulls = columns.flatMap((column) => column.nulls ?? []);
  return nulls.length === columns.length ? gatherValues(nulls, chosen, arena) : undefined;
}

function gatherValues<T extends FixedValues>(
  values: readonly T[],
  { sources, rows }: ChosenRows,
  arena: Arena,
): T {
  const { kernels, memory } = kernelRuntime();
  const [first] = values;
  assert(first, 'there is a source');
  const gather = { 1: 'gatherFrom8', 2: 'gatherFrom16', 4: 'gatherFrom32', 8: 'gatherFrom64' } as const;
  const width = first.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
  const target = arena.allocate(width * rows.length);
  kernels[gather[width]](pointersTo(values, arena), sources.byteOffset, rows.byteOffset, rows.length, target);
  type ArrayOver = new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => T;
  return new (first.constructor as ArrayOver)(memory.buffer, target, rows.length);
}

function gatherTexts(
  columns: readonly BytesColumn[],
  { sources, rows }: ChosenRows,
  arena: Arena,
): Pick<BytesColumn, 'offsets' | 'bytes'> {
  const { kernels } = kernelRuntime();
  const offsetPointers = pointersTo(
    columns.map((column) => column.offsets),
    arena,
  );
  const bytePointers = pointersTo(
    columns.map((column) => column.bytes),
    arena,
  );
  const chosen = [sources.byteOffset, rows.byteOffset, rows.length] as const;
  const offsets = arena.u32(rows.length + 1);
  const sizeBytes = kernels.gatherOffsetsFrom(offsetPointers, ...chosen, offsets.byteOffset);
  assert(sizeBytes < 2 ** 31, 'a block of merged rows is small');
  const bytes = arena.bytes(sizeBytes);
  kernels.gatherBytesFrom(offsetPointers, bytePointers, ...chosen, bytes.byteOffset);
  return { offsets, bytes };
}

function gatherArrays(
  columns: readonly ArrayColumn[],
  { sources, rows }: ChosenRows,
  arena: Arena,
): Pick<ArrayColumn, 'offsets' | 'elements'> {
  const { kernels } = kernelRuntime();
  const offsetPointers = pointersTo(
    columns.map((column) => column.offsets),
    arena,
  );
  const chosen = [sources.byteOffset, rows.byteOffset, rows.length] as const;
  const offsets = arena.u32(rows.length + 1);
  const count = kernels.gatherOffsetsFrom(offsetPointers, ...chosen, offsets.byteOffset);
  assert(count < 2 ** 31, 'a block of merged rows is small');
  const elements = { sources: arena.u16(count), rows: arena.u32(count) };
  kernels.elementsOfRows(offsetPointers, ...chosen, elements.sources.byteOffset, elements.rows.byteOffset);
  return {
    offsets,
    elements: gatherSources(
      columns.map((column) => column.elements),
      elements,
      arena,
    ),
  };
}

/** Pointer to pointers to the arrays. */
function pointersTo(arrays: readonly ArrayBufferView[], arena: Arena): number {
  assert(arrays.every(inKernelMemory), 'sources lie in the memory of kernels');
  return arena.take(Uint32Array.from(arrays, ({ byteOffset }) => byteOffset)).byteOffset;
}
