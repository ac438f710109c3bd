// array-text.ts — strings taken apart into arrays, and arrays put together into strings.

import { OutputBuffer } from '../../formats/output-buffer.ts';
import { createColumnBuilder } from '../../types/column-builder.ts';
import { arrayOf, withoutNullable } from '../../types/data-type.ts';
import { arrayColumn } from '../array-kernels.ts';
import { castKernel } from '../cast.ts';
import { withoutNulls } from '../null-propagation.ts';
import {
  argType,
  callError,
  constantInteger,
  constantString,
  illegalTypes,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isInteger, text } from '../type-classes.ts';
import { arrays, bytes } from '../vectors.ts';

/** split(separator, string [, most pieces]): what lies beyond the most pieces is left out. */
function splitting(
  name: string,
  checkSeparator: (call: FunctionCall, separator: Buffer) => void,
): ScalarFunction {
  return {
    names: [name],
    arity: [2, 3],
    bind: (call) => {
      const separator = Buffer.from(constantString(call, 0));
      checkSeparator(call, separator);
      if (argType(call, 1).kind !== 'String') throw illegalTypes(call, 'a separator and a string');
      const most = mostPieces(call);
      const type = arrayOf(text);
      return {
        type,
        run: ([, column], rowCount) => {
          const { bytes: source, offsets } = bytes(column!);
          const pieces = createColumnBuilder(text, rowCount);
          const ends = new Uint32Array(rowCount + 1);
          for (let row = 0; row < rowCount; row++) {
            const limit = pieces.rowCount + most;
            const take = (start: number, end: number): void => {
              if (pieces.rowCount < limit) pieces.appendBytes(source, start, end);
            };
            split(source, offsets[row]!, offsets[row + 1]!, separator, take);
            ends[row + 1] = pieces.rowCount;
          }
          return arrayColumn(type, ends, pieces.finish());
        },
      };
    },
  };
}

/** No limit without the argument, or when it is not positive. */
function mostPieces(call: FunctionCall): number {
  if (call.args.length < 3) return Infinity;
  if (!isInteger(argType(call, 2))) throw illegalTypes(call, 'a whole number as its last argument');
  const most = constantInteger(call, 2, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return most > 0 ? most : Infinity;
}

/** Between bytes when there is no separator. */
function split(
  source: Buffer,
  start: number,
  end: number,
  separator: Buffer,
  take: (start: number, end: number) => void,
): void {
  if (separator.length === 0) {
    for (let at = start; at < end; at++) take(at, at + 1);
    return;
  }
  const value = source.subarray(start, end);
  let from = 0;
  for (let found = value.indexOf(separator); found >= 0; found = value.indexOf(separator, from)) {
    take(start + from, start + found);
    from = found + separator.length;
  }
  take(start + from, end);
}

function oneByte(call: FunctionCall, separator: Buffer): void {
  if (separator.length !== 1) throw callError(call, 'BAD_ARGUMENTS', 'the separator must be one byte');
}

/** The elements as text, with the separator between them; NULLs are left out. */
const arrayStringConcat: ScalarFunction = {
  names: ['arrayStringConcat'],
  arity: [1, 2],
  bind: (call) => {
    const list = argType(call, 0);
    if (list.kind !== 'Array') throw illegalTypes(call, 'an array and a separator');
    const separator = Buffer.from(call.args.length > 1 ? constantString(call, 1) : '');
    const print = castKernel(withoutNullable(list.inner), text, call.position);
    return {
      type: text,
      run: ([column], rowCount) => {
        const { offsets, elements } = arrays(column!);
        const parts = bytes(print(withoutNulls(elements), elements.rowCount));
        const out = new OutputBuffer();
        const ends = new Uint32Array(rowCount + 1);
        for (let row = 0; row < rowCount; row++) {
          let first = true;
          for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
            if (elements.nulls?.[i] === 1) continue;
            if (!first) out.raw(separator, 0);
            out.raw(parts.bytes, parts.offsets[i]!, parts.offsets[i + 1]!);
            first = false;
          }
          ends[row + 1] = out.sizeBytes;
        }
        return { layout: 'bytes', type: text, rowCount, offsets: ends, bytes: out.take(), nulls: undefined };
      },
    };
  },
};

export const arrayTextFunctions: readonly ScalarFunction[] = [
  splitting('splitByChar', oneByte),
  splitting('splitByString', () => {}),
  arrayStringConcat,
];
