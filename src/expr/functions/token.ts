// token.ts — words in texts, and several needles at once.
//
// A token is a longest run of ASCII letters, digits and bytes of characters beyond ASCII.

import { repeatRow } from '../../types/block.ts';
import type { FixedColumn } from '../../types/column.ts';
import { nullable } from '../../types/data-type.ts';
import { columnOf } from '../../types/value.ts';
import {
  argType,
  callError,
  illegalTypes,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isTokenByte, lowerAscii, mapBytes, rowBytes, textToNumber } from '../text-kernels.ts';
import { text, uint8 } from '../type-classes.ts';
import { arrays } from '../vectors.ts';

type TokenOptions = { readonly anyLetterCase?: true; readonly orNull?: true };

const noToken = columnOf(nullable(uint8), [null]);

/** hasToken(text, token) and its variants. */
function hasToken(name: string, { anyLetterCase, orNull }: TokenOptions): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      requireStrings(call, 0, 1);
      const { constant } = call.args[1]!;
      if (!constant) throw callError(call, 'ILLEGAL_COLUMN', 'argument 2 must be a constant');
      const token = rowBytes(anyLetterCase ? mapBytes(constant, lowerAscii) : constant, 0);
      const type = orNull ? nullable(uint8) : uint8;
      if (!token.every(isTokenByte)) {
        if (!orNull)
          throw callError(call, 'BAD_ARGUMENTS', `'${token.toString()}' is no token: it has a separator`);
        return { type, run: (_, rowCount) => repeatRow(noToken, 0, rowCount) };
      }
      const find = textToNumber(uint8, (source, start, end) =>
        holdsToken(source, start, end, token) ? 1 : 0,
      );
      return {
        type,
        run: ([texts], rowCount) => {
          const found = find(
            [anyLetterCase ? mapBytes(texts!, lowerAscii) : texts!],
            rowCount,
          ) as FixedColumn;
          return orNull ? { ...found, type, nulls: new Uint8Array(rowCount) } : found;
        },
      };
    },
  };
}

/** ILLEGAL_TYPE_OF_ARGUMENT unless the arguments are of type String. */
function requireStrings(call: FunctionCall, ...places: readonly number[]): void {
  if (places.some((place) => argType(call, place).kind !== 'String')) throw illegalTypes(call, 'strings');
}

function holdsToken(source: Buffer, start: number, end: number, token: Buffer): boolean {
  if (token.length === 0) return false;
  const haystack = source.subarray(start, end);
  for (let at = haystack.indexOf(token); at >= 0; at = haystack.indexOf(token, at + 1)) {
    const isBefore = at > 0 && isTokenByte(haystack[at - 1]!);
    const isBehind = at + token.length < haystack.length && isTokenByte(haystack[at + token.length]!);
    if (!isBefore && !isBehind) return true;
  }
  return false;
}

const multiSearchAny: ScalarFunction = {
  names: ['multiSearchAny'],
  arity: [2, 2],
  bind: (call) => {
    requireStrings(call, 0);
    const needles = argType(call, 1);
    if (needles.kind !== 'Array' || needles.inner.kind !== text.kind)
      throw illegalTypes(call, 'a string and an array of strings');
    return {
      type: uint8,
      run: textToNumber(uint8, (source, start, end, row, args) => {
        // As in ClickHouse, an empty text holds not even the empty needle.
        if (start === end) return 0;
        const { offsets, elements } = arrays(args[1]!);
        const haystack = source.subarray(start, end);
        for (let i = offsets[row]!; i < offsets[row + 1]!; i++)
          if (haystack.includes(rowBytes(elements, i))) return 1;
        return 0;
      }),
    };
  },
};

export const tokenFunctions: readonly ScalarFunction[] = [
  hasToken('hasToken', {}),
  hasToken('hasTokenOrNull', { orNull: true }),
  hasToken('hasTokenCaseInsensitive', { anyLetterCase: true }),
  hasToken('hasTokenCaseInsensitiveOrNull', { anyLetterCase: true, orNull: true }),
  multiSearchAny,
];
