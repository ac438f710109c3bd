// nested-columns.ts — columns of type Nested: the arrays that they are, in definitions and in what a write leaves out.

import { notImplemented } from '../base/errors.ts';
import type { ColumnDefinition } from '../sql/ast.ts';
import { repeatRow } from '../types/block.ts';
import type { ArrayColumn, Column, NamedType } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { arrayOf, elementType, typeName, type ArrayType } from '../types/data-type.ts';
import { nestedArrays } from '../types/nested.ts';
import { parseNested } from '../types/parse-type.ts';

/** `n Nested(a T, b U)` as `n.a Array(T)` and `n.b Array(U)`, as ClickHouse defines it; other columns as they are. */
export function flattened(columns: readonly ColumnDefinition[]): ColumnDefinition[] {
  return columns.flatMap((column) => {
    const { text, position } = column.type;
    const elements = parseNested(text, position);
    if (!elements) return [column];
    if (column.defaultValue) throw notImplemented('DEFAULT of a Nested column', column.position);
    return elements.map(({ name, type }) => ({
      ...column,
      name: `${column.name}.${name}`,
      type: { text: typeName(arrayOf(type)), position },
    }));
  });
}

/** Of a column that a write leaves out: arrays of defaults, as long as those of its Nested that the write gives. */
export function likeItsNested(
  columns: readonly NamedType[],
  position: number,
  given: readonly ({ readonly column: Column } | undefined)[],
): Column | undefined {
  const group = nestedArrays(columns).find((positions) => positions.includes(position));
  const sibling = group?.map((each) => given[each]?.column).find((column) => column !== undefined);
  if (!sibling) return undefined;
  const type = columns[position]!.type as ArrayType;
  const { offsets, rowCount } = sibling as ArrayColumn;
  const builder = createColumnBuilder(elementType(type), 1);
  builder.appendDefault();
  const elements = repeatRow(builder.finish(), 0, offsets[rowCount]!);
  return { layout: 'array', type, rowCount, offsets, elements, nulls: undefined };
}
