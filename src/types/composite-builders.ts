// composite-builders.ts — builds columns of Array, Map and Tuple out of the builders of what they hold.
//
// Whoever appends a value appends its elements to the builders inside, then calls `endValue`.

import { assert } from '../base/assert.ts';
import type { ArrayColumn, Column, TupleColumn } from './column.ts';
import type { ColumnBuilder } from './column-builder.ts';
import type { DataType } from './data-type.ts';

abstract class CompositeBuilder {
  readonly type: DataType;
  rowCount = 0;

  constructor(type: DataType) {
    this.type = type;
  }

  appendNull(): void {
    assert(false, 'a composite value is never NULL');
  }

  appendNumber(): void {
    assert(false, 'numbers go into fixed columns only');
  }

  appendBigint(): void {
    assert(false, 'numbers go into fixed columns only');
  }

  appendBytes(): void {
    assert(false, 'bytes go into bytes columns only');
  }
}

/** Array, and Map with pairs as elements. */
export class ArrayBuilder extends CompositeBuilder implements ColumnBuilder {
  readonly elements: ColumnBuilder;
  private readonly ends: number[] = [0];

  constructor(type: DataType, elements: ColumnBuilder) {
    super(type);
    this.elements = elements;
  }

  /** The elements appended since the last value are the next one. */
  endValue(): void {
    this.ends.push(this.elements.rowCount);
    this.rowCount++;
  }

  appendDefault(): void {
    this.endValue();
  }

  appendFrom(column: Column, row: number): void {
    assert(column.layout === 'array', 'the column has the type of the builder');
    const end = column.offsets[row + 1]!;
    for (let i = column.offsets[row]!; i < end; i++) this.elements.appendFrom(column.elements, i);
    this.endValue();
  }

  finish(): ArrayColumn {
    const { type, rowCount } = this;
    const offsets = Uint32Array.from(this.ends);
    return { layout: 'array', type, rowCount, offsets, elements: this.elements.finish(), nulls: undefined };
  }
}

export class TupleBuilder extends CompositeBuilder implements ColumnBuilder {
  readonly fields: readonly ColumnBuilder[];

  constructor(type: DataType, fields: readonly ColumnBuilder[]) {
    super(type);
    this.fields = fields;
  }

  /** Every field has one value more than there are rows: they are the next one. */
  endValue(): void {
    this.rowCount++;
  }

  appendDefault(): void {
    for (const field of this.fields) field.appendDefault();
    this.endValue();
  }

  appendFrom(column: Column, row: number): void {
    assert(column.layout === 'tuple', 'the column has the type of the builder');
    for (const [i, field] of this.fields.entries()) field.appendFrom(column.fields[i]!, row);
    this.endValue();
  }

  finish(): TupleColumn {
    const { type, rowCount } = this;
    return {
      layout: 'tuple',
      type,
      rowCount,
      fields: this.fields.map((field) => field.finish()),
      nulls: undefined,
    };
  }
}
