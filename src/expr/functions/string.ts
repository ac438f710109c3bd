// string.ts — functions that make or measure strings.

import { isUtf8 } from 'node:buffer';
import { createColumnBuilder } from '../../types/column-builder.ts';
import type { BytesColumn, Column } from '../../types/column.ts';
import { castKernel } from '../cast.ts';
import { argType, callError, constantString, illegalTypes, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { countCharacters, integersOf, mapBytes, requireInteger, requireTexts, rowBytes, textKernel, textToNumber, type AppendText } from '../text-kernels.ts';
import { isText, text, uint64, uint8 } from '../type-classes.ts';
import { bytes, floatsOf } from '../vectors.ts';

type Measure = Parameters<typeof textToNumber>[1];

/** A number from each string. */
function measuring(names: readonly string[], type: typeof uint64, measure: Measure, anyCase?: true): ScalarFunction {
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
      return { type: argType(call, 0), run: ([arg]) => mapBytes(arg!, (byte) => (byte >= from && byte <= to ? byte ^ 0x20 : byte)) };
    },
  };
}

/** By characters. Of a string that is not UTF-8 only the ASCII letters change. */
const byCharacters = (convert: (value: string) => string): AppendText => (builder, source, start, end) => {
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
    requireTexts(call, 0);
    return { type: argType(call, 0), run: ([arg], rowCount) => reversed(bytes(arg!), rowCount) };
  },
};

function reversed(column: BytesColumn, rowCount: number): Column {
  const copy = Buffer.from(column.bytes.subarray(0, column.offsets[rowCount]));
  for (let row = 0; row < rowCount; row++) copy.subarray(column.offsets[row], column.offsets[row + 1]).reverse();
  return { ...column, bytes: copy };
}

/** concat and ||: any types, as their text. */
const concat: ScalarFunction = {
  names: ['concat'],
  anyCase: true,
  arity: [0, Infinity],
  bind: (call) => {
    const casts = call.args.map((arg) => (isText(arg.type) ? undefined : castKernel(arg.type, text, call.position)));
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
        return { layout: 'bytes', type: text, rowCount, offsets, bytes: joined.subarray(0, at), nulls: undefined };
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

const MAX_REPEAT_BYTES = 64 * 1024 * 1024;

const repeat: ScalarFunction = {
  names: ['repeat'],
  anyCase: true,
  arity: [2, 2],
  bind: (call) => {
    requireTexts(call, 0);
    requireInteger(call, 1);
    return {
      type: text,
      run: (args, rowCount) => {
        const counts = floatsOf(args[1]!, rowCount);
        return textKernel((builder, source, start, end, row) => {
          const count = Math.max(0, counts[row]!);
          checkSize(call, count * (end - start));
          const repeated = Buffer.alloc(count * (end - start), source.subarray(start, end));
          builder.appendBytes(repeated, 0, repeated.length);
        })(args, rowCount);
      },
    };
  },
};

function checkSize(call: FunctionCall, sizeBytes: number): void {
  if (sizeBytes > MAX_REPEAT_BYTES) throw callError(call, 'ARGUMENT_OUT_OF_BOUND', `a string of ${sizeBytes} bytes is too long`);
}

/** leftPad and rightPad: to a length in bytes, by repeating the fill; longer strings are cut. */
function padding(names: readonly string[], side: 'left' | 'right'): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [2, 3],
    bind: (call) => {
      requireTexts(call, 0, 2);
      requireInteger(call, 1);
      const given = call.args.length > 2 ? Buffer.from(constantString(call, 2)) : undefined;
      const fill = given && given.length > 0 ? given : Buffer.from(' ');
      return { type: text, run: (args, rowCount) => pad(call, args, side, fill, rowCount) };
    },
  };
}

function pad(call: FunctionCall, args: readonly Column[], side: 'left' | 'right', fill: Buffer, rowCount: number): Column {
  const lengths = integersOf(args, 1, rowCount, 0);
  return textKernel((builder, source, start, end, row) => {
    const length = Math.max(0, lengths[row]!);
    checkSize(call, length);
    const kept = Math.min(end - start, length);
    const missing = Buffer.alloc(length - kept, fill);
    const value = source.subarray(start, start + kept);
    const padded = Buffer.concat(side === 'left' ? [missing, value] : [value, missing]);
    builder.appendBytes(padded, 0, padded.length);
  })(args, rowCount);
}

/** Cuts characters of a set from the ends; spaces by default. */
function trimming(names: readonly string[], left: boolean, right: boolean): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [1, 2],
    bind: (call) => {
      requireTexts(call, 0, 1);
      const set = new Set(Buffer.from(call.args.length > 1 ? constantString(call, 1) : ' '));
      const cut: AppendText = (builder, source, start, end) => {
        let [from, to] = [start, end];
        if (left) while (from < to && set.has(source[from]!)) from++;
        if (right) while (from < to && set.has(source[to - 1]!)) to--;
        builder.appendBytes(source, from, to);
      };
      return { type: text, run: textKernel(cut) };
    },
  };
}

/** replaceOne and replaceAll of a substring; an empty one is found nowhere. */
function replacing(names: readonly string[], all: boolean, anyCase?: true): ScalarFunction {
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [3, 3],
    bind: (call) => {
      requireTexts(call, 0, 1, 2);
      return {
        type: text,
        run: (args, rowCount) => {
          const builder = createColumnBuilder(text, rowCount);
          for (let row = 0; row < rowCount; row++) {
            const [value, pattern, replacement] = [rowBytes(args[0]!, row), rowBytes(args[1]!, row), rowBytes(args[2]!, row)];
            const replaced = replace(value, pattern, replacement, all);
            builder.appendBytes(replaced, 0, replaced.length);
          }
          return builder.finish();
        },
      };
    },
  };
}

function replace(value: Buffer, pattern: Buffer, replacement: Buffer, all: boolean): Buffer {
  if (pattern.length === 0) return value;
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = value.indexOf(pattern); at >= 0; at = value.indexOf(pattern, from)) {
    parts.push(value.subarray(from, at), replacement);
    from = at + pattern.length;
    if (!all) break;
  }
  return parts.length === 0 ? value : Buffer.concat([...parts, value.subarray(from)]);
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
    return { type: uint8, run: textToNumber(uint8, (source, start, end) => (empty(source, start, end) ? whenEmpty : 1 - whenEmpty)) };
  },
});

export const stringFunctions: readonly ScalarFunction[] = [
  measuring(['length', 'OCTET_LENGTH'], uint64, (_, start, end) => end - start, true),
  measuring(['lengthUTF8', 'CHAR_LENGTH', 'CHARACTER_LENGTH'], uint64, countCharacters, true),
  emptiness('empty', 1),
  emptiness('notEmpty', 0),
  asciiCase(['lower', 'lcase'], 'A', 'Z'),
  asciiCase(['upper', 'ucase'], 'a', 'z'),
  making(['lowerUTF8'], byCharacters((value) => value.toLowerCase())),
  making(['upperUTF8'], byCharacters((value) => value.toUpperCase())),
  reverse,
  concat,
  repeat,
  padding(['leftPad', 'lpad'], 'left'),
  padding(['rightPad', 'rpad'], 'right'),
  trimming(['trimLeft', 'ltrim'], true, false),
  trimming(['trimRight', 'rtrim'], false, true),
  trimming(['trimBoth', 'trim'], true, true),
  replacing(['replaceOne'], false),
  replacing(['replaceAll', 'replace'], true, true),
];
