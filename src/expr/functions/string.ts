// string.ts — functions that make or measure strings.

import { isUtf8 } from 'node:buffer';
import { notImplemented } from '../../base/errors.ts';
import type { BytesColumn, Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { isList } from '../array-kernels.ts';
import { castKernel } from '../cast.ts';
import { bindArrayConcat, reversedArrays } from './array-edit.ts';
import { argType, illegalTypes, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import {
  countCharacters,
  mapBytes,
  requireTexts,
  textKernel,
  textToNumber,
  type AppendText,
} from '../text-kernels.ts';
import { isText, text, uint64, uint8 } from '../type-classes.ts';
import { arrays, bytes, columnOfFloats } from '../vectors.ts';

type Measure = Parameters<typeof textToNumber>[1];

/** A number from each string. */
function measuring(
  names: readonly string[],
  type: typeof uint64,
  measure: Measure,
  anyCase?: true,
): ScalarFunction {
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [1, 1],
    bind: (call) => {
      requireTexts(call, 0);
      return { type, run: textToNumber(type, measure) };
    },
  };
}

/** A String from each string. */
function making(names: readonly string[], append: AppendText): ScalarFunction {
  return {
    names,
    arity: [1, 1],
    bind: (call) => {
      requireTexts(call, 0);
      return { type: text, run: textKernel(append) };
    },
  };
}

/** lower and upper: ASCII letters only. A FixedString stays one. */
function asciiCase(names: readonly string[], first: string, last: string): ScalarFunction {
  const [from, to] = [first.charCodeAt(0), last.charCodeAt(0)];
  return {
    names,
    anyCase: true,
    arity: [1, 1],
    bind: (call) => {
      requireTexts(call, 0);
      return {
        type: argType(call, 0),
        run: ([arg]) => mapBytes(arg!, (byte) => (byte >= from && byte <= to ? byte ^ 0x20 : byte)),
      };
    },
  };
}

/** By characters. Of a string that is not UTF-8 only the ASCII letters change. */
const byCharacters =
  (convert: (value: string) => string): AppendText =>
  (builder, source, start, end) => {
    const value = source.subarray(start, end);
    const converted = isUtf8(value)
      ? Buffer.from(convert(value.toString()))
      : Buffer.from(value.toString('latin1').replace(/[A-Za-z]+/g, convert), 'latin1');
    builder.appendBytes(converted, 0, converted.length);
  };

/** By bytes; a FixedString stays one. */
const reverse: ScalarFunction = {
  names: ['reverse'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    const type = argType(call, 0);
    if (type.kind === 'Array') return { type, run: ([arg]) => reversedArrays(arrays(arg!)) };
    requireTexts(call, 0);
    return { type, run: ([arg], rowCount) => reversed(bytes(arg!), rowCount) };
  },
};

function reversed(column: BytesColumn, rowCount: number): Column {
  const copy = Buffer.from(column.bytes.subarray(0, column.offsets[rowCount]));
  for (let row = 0; row < rowCount; row++)
    copy.subarray(column.offsets[row], column.offsets[row + 1]).reverse();
  return { ...column, bytes: copy };
}

/** concat and ||: any types, as their text; of arrays alone, arrayConcat. */
const concat: ScalarFunction = {
  names: ['concat'],
  anyCase: true,
  arity: [0, Infinity],
  bind: (call) => {
    const [first, ...rest] = call.args.map((arg) => arg.type.kind);
    if (first && rest.length > 0 && rest.every((kind) => kind === first)) {
      if (first === 'Array') return bindArrayConcat(call);
      if (first === 'Tuple' || first === 'Map')
        throw notImplemented(`${call.name} of values of type ${first}`, call.position);
    }
    const casts = call.args.map((arg) =>
      isText(arg.type) ? undefined : castKernel(arg.type, text, call.position),
    );
    return {
      type: text,
      run: (args, rowCount) => {
        const parts = args.map((arg, i) => bytes(casts[i]?.(arg, rowCount) ?? arg));
        const offsets = new Uint32Array(rowCount + 1);
        const joined = Buffer.allocUnsafe(parts.reduce((size, part) => size + part.offsets[rowCount]!, 0));
        let at = 0;
        for (let row = 0; row < rowCount; row++) {
          for (const part of parts) at = copyBytes(part, row, joined, at);
          offsets[row + 1] = at;
        }
        return {
          layout: 'bytes',
          type: text,
          rowCount,
          offsets,
          bytes: joined.subarray(0, at),
          nulls: undefined,
        };
      },
    };
  },
};

/** Copies a row's bytes to `at`; answers with the place after them. A loop beats the native copy of a few bytes. */
function copyBytes({ bytes: source, offsets }: BytesColumn, row: number, target: Buffer, at: number): number {
  const [start, end] = [offsets[row]!, offsets[row + 1]!];
  if (end - start > 32) target.set(source.subarray(start, end), at);
  else for (let i = start, to = at; i < end; i++) target[to++] = source[i]!;
  return at + end - start;
}

function isEmpty(call: FunctionCall): (source: Buffer, start: number, end: number) => boolean {
  const type = argType(call, 0);
  if (type.kind === 'String') return (_, start, end) => start === end;
  if (type.kind !== 'FixedString' && type.kind !== 'UUID') throw illegalTypes(call, 'a string');
  return (source, start, end) => source.subarray(start, end).every((byte) => byte === 0);
}

const emptiness = (name: string, whenEmpty: 0 | 1): ScalarFunction => ({
  names: [name],
  arity: [1, 1],
  bind: (call) => {
    const empty = isEmpty(call);
    return {
      type: uint8,
      run: textToNumber(uint8, (source, start, end) =>
        empty(source, start, end) ? whenEmpty : 1 - whenEmpty,
      ),
    };
  },
});

/** The function of strings, and for arrays and maps one of the number of their elements. */
function ofListsToo(
  ofStrings: ScalarFunction,
  type: DataType,
  measure: (count: number) => number,
): ScalarFunction {
  return {
    ...ofStrings,
    bind: (call) => {
      if (!isList(argType(call, 0))) return ofStrings.bind(call);
      return {
        type,
        run: ([column], rowCount) => {
          const { offsets } = arrays(column!);
          const counts = Float64Array.from({ length: rowCount }, (_, row) =>
            measure(offsets[row + 1]! - offsets[row]!),
          );
          return columnOfFloats(type, counts, rowCount);
        },
      };
    },
  };
}

export const stringFunctions: readonly ScalarFunction[] = [
  ofListsToo(
    measuring(['length', 'OCTET_LENGTH'], uint64, (_, start, end) => end - start, true),
    uint64,
    (count) => count,
  ),
  measuring(['lengthUTF8', 'CHAR_LENGTH', 'CHARACTER_LENGTH'], uint64, countCharacters, true),
  ofListsToo(emptiness('empty', 1), uint8, (count) => (count === 0 ? 1 : 0)),
  ofListsToo(emptiness('notEmpty', 0), uint8, (count) => (count === 0 ? 0 : 1)),
  asciiCase(['lower', 'lcase'], 'A', 'Z'),
  asciiCase(['upper', 'ucase'], 'a', 'z'),
  making(
    ['lowerUTF8'],
    byCharacters((value) => value.toLowerCase()),
  ),
  making(
    ['upperUTF8'],
    byCharacters((value) => value.toUpperCase()),
  ),
  reverse,
  concat,
];
