// plain-column.ts — columns as plain data, which can be sent to another thread.
//
// Every array gets shared memory of its own: sending does not copy it, and it lives as long as one of the threads needs it.
// Sending makes a Uint8Array of a Buffer, so buffers are made again at the other end.

import type { Block, Column, FixedValues } from './column.ts';

export function plainBlock(block: Block): Block {
  return { rowCount: block.rowCount, columns: block.columns.map(plainColumn) };
}

export function plainColumn(column: Column): Column {
  return mapArrays(column, shared, (bytes) => shared(bytes));
}

/** What `plainColumn` made, having been sent. */
export function receivedColumn(column: Column): Column {
  return mapArrays(
    column,
    (values) => values,
    ({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length),
  );
}

export function receivedBlock(block: Block): Block {
  return { rowCount: block.rowCount, columns: block.columns.map(receivedColumn) };
}

type MapValues = <T extends FixedValues>(values: T) => T;

function mapArrays(column: Column, values: MapValues, bytes: (bytes: Uint8Array) => Uint8Array): Column {
  const again = (inner: Column): Column => mapArrays(inner, values, bytes);
  const { rowCount } = column;
  switch (column.layout) {
    case 'fixed':
      return {
        ...column,
        values: values(column.values.subarray(0, rowCount)),
        nulls: column.nulls && values(column.nulls.subarray(0, rowCount)),
      };
    case 'bytes': {
      const { offsets, nulls } = column;
      return {
        ...column,
        offsets: values(offsets.subarray(0, rowCount + 1)),
        bytes: bytes(column.bytes.subarray(0, offsets[rowCount])) as Buffer,
        nulls: nulls && values(nulls.subarray(0, rowCount)),
      };
    }
    case 'array':
      return {
        ...column,
        offsets: values(column.offsets.subarray(0, rowCount + 1)),
        elements: again(column.elements),
      };
    case 'tuple':
      return { ...column, fields: column.fields.map(again) };
    case 'dictionary':
      return {
        ...column,
        codes: values(column.codes.subarray(0, rowCount)),
        dictionary: again(column.dictionary) as typeof column.dictionary,
      };
  }
}

function shared<T extends FixedValues>(values: T): T {
  const memory = new SharedArrayBuffer(values.byteLength);
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(Buffer.from(memory));
  // A Buffer's own constructor makes no view.
  const type = (Buffer.isBuffer(values) ? Uint8Array : values.constructor) as new (
    memory: SharedArrayBuffer,
  ) => T;
  return new type(memory);
}
