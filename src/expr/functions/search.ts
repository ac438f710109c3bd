// search.ts — parts of strings, and where they are. Positions count from 1; 0 means "not there".

import type { Column } from '../../types/column.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import {
  countCharacters,
  integersOf,
  lowerAscii,
  mapBytes,
  requireInteger,
  requireTexts,
  rowBytes,
  skipCharacters,
  textKernel,
  textToNumber,
} from '../text-kernels.ts';
import { text, uint64, uint8 } from '../type-classes.ts';

/** Units [start, end) of a string of `size` units, from SQL's 1-based `offset` (negative: from the end) and `length`. */
function range(size: number, offset: number, length: number): readonly [number, number] {
  if (offset === 0) return [0, 0];
  const begin = offset > 0 ? offset - 1 : size + offset;
  const end = length < 0 ? size + length : begin + length;
  return [Math.min(size, Math.max(0, begin)), Math.max(0, Math.min(size, end))];
}

/** substring by bytes, or by characters. */
function substring(names: readonly string[], characters: boolean): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [2, 3],
    bind: (call) => {
      requireTexts(call, 0);
      requireInteger(call, 1);
      requireInteger(call, 2);
      return {
        type: text,
        run: (args, rowCount) => {
          const [offsets, lengths] = [
            integersOf(args, 1, rowCount, 1),
            integersOf(args, 2, rowCount, Infinity),
          ];
          return textKernel((builder, source, start, end, row) => {
            if (!characters) {
              const [from, to] = range(end - start, offsets[row]!, lengths[row]!);
              return builder.appendBytes(source, start + from, start + Math.max(from, to));
            }
            const size = countCharacters(source, start, end);
            // Unlike with bytes, an offset before the beginning is the beginning.
            const [from, to] = range(size, Math.max(-size, offsets[row]!), lengths[row]!);
            const begin = skipCharacters(source, start, end, from);
            builder.appendBytes(source, begin, skipCharacters(source, begin, end, to - from));
          })(args, rowCount);
        },
      };
    },
  };
}

/** left and right: the first or last `n` units; a negative n leaves out so many at the other end. */
function edge(names: readonly string[], side: 'left' | 'right', characters: boolean): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [2, 2],
    bind: (call) => {
      requireTexts(call, 0);
      requireInteger(call, 1);
      return {
        type: text,
        run: (args, rowCount) => {
          const counts = integersOf(args, 1, rowCount, 0);
          return textKernel((builder, source, start, end, row) => {
            const size = characters ? countCharacters(source, start, end) : end - start;
            const count = counts[row]!;
            const kept = Math.min(size, Math.max(0, count < 0 ? size + count : count));
            const [from, to] = side === 'left' ? [0, kept] : [size - kept, size];
            if (!characters) return builder.appendBytes(source, start + from, start + to);
            const begin = skipCharacters(source, start, end, from);
            builder.appendBytes(source, begin, skipCharacters(source, begin, end, to - from));
          })(args, rowCount);
        },
      };
    },
  };
}

type PositionOptions = {
  readonly characters?: boolean;
  readonly anyLetterCase?: boolean;
  readonly needleFirst?: boolean;
};

/** position(haystack, needle[, from]) and its variants. */
function position(names: readonly string[], options: PositionOptions, anyCase?: true): ScalarFunction {
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [2, 3],
    bind: (call) => {
      requireTexts(call, 0, 1);
      requireInteger(call, 2);
      return { type: uint64, run: (args, rowCount) => findAll(args, options, rowCount) };
    },
  };
}

function findAll(args: readonly Column[], options: PositionOptions, rowCount: number): Column {
  const ordered = options.needleFirst ? [args[1]!, args[0]!] : [args[0]!, args[1]!];
  const [haystacks, needles] = options.anyLetterCase
    ? ordered.map((column) => mapBytes(column, lowerAscii))
    : ordered;
  const starts = integersOf(args, 2, rowCount, 1);
  return textToNumber(uint64, (source, start, end, row) => {
    const from = Math.max(1, starts[row]!) - 1;
    const begin = options.characters ? skipCharacters(source, start, end, from) : start + from;
    const haystack = source.subarray(start, end);
    if (begin > end) return 0;
    const at = haystack.indexOf(rowBytes(needles!, row), begin - start);
    if (at < 0) return 0;
    return 1 + (options.characters ? countCharacters(source, start, start + at) : at);
  })([haystacks!], rowCount);
}

/** startsWith and endsWith. */
function affix(name: string, matches: (value: Buffer, part: Buffer) => boolean): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      requireTexts(call, 0, 1);
      return {
        type: uint8,
        run: textToNumber(uint8, (source, start, end, row, args) =>
          matches(source.subarray(start, end), rowBytes(args[1]!, row)) ? 1 : 0,
        ),
      };
    },
  };
}

export const searchFunctions: readonly ScalarFunction[] = [
  substring(['substring', 'substr', 'mid', 'byteSlice'], false),
  substring(['substringUTF8', 'substrUTF8'], true),
  edge(['left'], 'left', false),
  edge(['leftUTF8'], 'left', true),
  edge(['right'], 'right', false),
  edge(['rightUTF8'], 'right', true),
  position(['position'], {}, true),
  position(['locate'], { needleFirst: true }, true),
  position(['positionUTF8'], { characters: true }),
  position(['positionCaseInsensitive'], { anyLetterCase: true }),
  affix('startsWith', (value, part) => value.subarray(0, part.length).equals(part)),
  affix(
    'endsWith',
    (value, part) => value.length >= part.length && value.subarray(value.length - part.length).equals(part),
  ),
];
