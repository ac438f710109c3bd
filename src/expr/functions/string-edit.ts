// string-edit.ts — repeat, pad, trim and replace.

import { createColumnBuilder } from '../../types/column-builder.ts';
import type { Column } from '../../types/column.ts';
import { callError, constantString, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import {
  integersOf,
  requireInteger,
  requireTexts,
  rowBytes,
  textKernel,
  type AppendText,
} from '../text-kernels.ts';
import { text } from '../type-classes.ts';
import { floatsOf } from '../vectors.ts';

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
  if (sizeBytes > MAX_REPEAT_BYTES)
    throw callError(call, 'ARGUMENT_OUT_OF_BOUND', `a string of ${sizeBytes} bytes is too long`);
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

function pad(
  call: FunctionCall,
  args: readonly Column[],
  side: 'left' | 'right',
  fill: Buffer,
  rowCount: number,
): Column {
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
            const [value, pattern, replacement] = [
              rowBytes(args[0]!, row),
              rowBytes(args[1]!, row),
              rowBytes(args[2]!, row),
            ];
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

export const stringEditFunctions: readonly ScalarFunction[] = [
  repeat,
  padding(['leftPad', 'lpad'], 'left'),
  padding(['rightPad', 'rpad'], 'right'),
  trimming(['trimLeft', 'ltrim'], true, false),
  trimming(['trimRight', 'rtrim'], false, true),
  trimming(['trimBoth', 'trim'], true, true),
  replacing(['replaceOne'], false),
  replacing(['replaceAll', 'replace'], true, true),
];
