// state-reader.ts — states of aggregate functions, which lie in their stream without their lengths.

import { CorruptionError, notImplemented } from '../base/errors.ts';
import { storedStatesOf } from '../expr/aggregates.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn } from '../types/column.ts';
import { typeName, type AggregateFunctionType } from '../types/data-type.ts';
import type { ColumnReader, RowRange } from './column-reader.ts';
import type { StreamReader } from './stream-reader.ts';

export class StateReader implements ColumnReader {
  readonly #type: AggregateFunctionType;
  readonly #stream: StreamReader;
  readonly #steps: Uint32Array;

  /** Errors: NOT_IMPLEMENTED of states that Winnow does not have. */
  constructor(type: AggregateFunctionType, stream: StreamReader) {
    this.#type = type;
    this.#stream = stream;
    this.#steps = storedStatesOf(type).steps;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): BytesColumn {
    const { pointer, sizeBytes } = this.#stream.load(start, end, arena);
    const { path } = this.#stream;
    // Each has at least one byte: nothing is allocated for more than there can be.
    if (rowCount > sizeBytes) throw new CorruptionError(path, `${rowCount} states`, `${sizeBytes} bytes`);
    const { kernels, memory } = kernelRuntime();
    const offsets = arena.u32(rowCount + 1);
    const steps = arena.take(this.#steps).byteOffset;
    const stepCount = this.#steps.length / 2;
    const taken = kernels.stateOffsets(pointer, sizeBytes, rowCount, steps, stepCount, offsets.byteOffset);
    if (taken === -2) throw notImplemented(`${path}: states of uniq that left hashes out`);
    if (taken !== sizeBytes)
      throw new CorruptionError(
        path,
        `${rowCount} states of ${typeName(this.#type)} in ${sizeBytes} bytes`,
        taken < 0 ? 'other bytes' : `${taken} bytes`,
      );
    const bytes = Buffer.from(memory.buffer, pointer, sizeBytes);
    return { layout: 'bytes', type: this.#type, rowCount, offsets, bytes, nulls: undefined };
  }

  close(): void {
    this.#stream.close();
  }
}
