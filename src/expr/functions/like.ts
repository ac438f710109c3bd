// like.ts — LIKE, ILIKE and match.
//
// A LIKE pattern is bytes: % is any bytes, _ one UTF-8 character, backslash takes the next character as it is.
// match() takes JavaScript's regular expressions, not RE2's: common syntax is alike, (?i) prefixes and \C are not, and
// a pattern that backtracks badly is slow.

import { WinnowError } from '../../base/errors.ts';
import { callError, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { beginsCharacter, requireTexts, rowBytes, textToNumber } from '../text-kernels.ts';
import { uint8 } from '../type-classes.ts';
import type { ScalarKernel } from '../expression.ts';

type Matcher = (source: Buffer, start: number, end: number) => boolean;

/** A pattern's pieces: literal bytes, one character, or anything. */
type Piece = Buffer | 'one' | 'any';

const [PERCENT, UNDERSCORE, BACKSLASH] = [0x25, 0x5f, 0x5c];

function piecesOf(pattern: Buffer, call: FunctionCall): Piece[] {
  const pieces: Piece[] = [];
  let literal: number[] = [];
  const flush = (): void => {
    if (literal.length > 0) pieces.push(Buffer.from(literal));
    literal = [];
  };
  for (let i = 0; i < pattern.length; i++) {
    const byte = pattern[i]!;
    if (byte === PERCENT || byte === UNDERSCORE) {
      flush();
      if (byte === UNDERSCORE) pieces.push('one');
      else if (pieces.at(-1) !== 'any') pieces.push('any');
    } else if (byte === BACKSLASH) {
      const next = pattern[++i];
      if (next === undefined)
        throw callError(
          call,
          'CANNOT_PARSE_ESCAPE_SEQUENCE',
          'a LIKE pattern ends with a backslash that escapes nothing',
        );
      // Before anything but % _ \ a backslash stands for itself.
      if (next !== PERCENT && next !== UNDERSCORE && next !== BACKSLASH) literal.push(BACKSLASH);
      literal.push(next);
    } else {
      literal.push(byte);
    }
  }
  flush();
  return pieces;
}

/** The fastest test for the pattern's shape. */
function matcherOf(pieces: readonly Piece[]): Matcher {
  const shape = pieces.map((piece) => (piece instanceof Buffer ? 'text' : piece)).join(' ');
  const literal = pieces.find((piece) => piece instanceof Buffer) as Buffer | undefined;
  switch (literal && shape) {
    case 'text':
      return (source, start, end) => end - start === literal!.length && holds(source, start, literal!);
    case 'text any':
      return (source, start, end) => end - start >= literal!.length && holds(source, start, literal!);
    case 'any text':
      return (source, start, end) =>
        end - start >= literal!.length && holds(source, end - literal!.length, literal!);
    case 'any text any':
      return (source, start, end) => source.subarray(start, end).includes(literal!);
    default:
      return (source, start, end) => matchPieces(pieces, source, start, end);
  }
}

function holds(source: Buffer, at: number, literal: Buffer): boolean {
  for (let i = 0; i < literal.length; i++) if (source[at + i] !== literal[i]) return false;
  return true;
}

/** Greedy from the left; on a mismatch only the last `any` needs to take one byte more. */
function matchPieces(pieces: readonly Piece[], source: Buffer, start: number, end: number): boolean {
  let [at, piece] = [start, 0];
  let [retryAt, retryPiece] = [-1, -1];
  while (piece < pieces.length || at < end) {
    const current = pieces[piece];
    if (current === 'any') {
      retryAt = at;
      retryPiece = ++piece;
      continue;
    }
    const after = current === undefined ? -1 : stepOver(current, source, at, end);
    if (after >= 0) {
      at = after;
      piece++;
      continue;
    }
    if (retryPiece < 0 || retryAt >= end) return false;
    at = ++retryAt;
    piece = retryPiece;
  }
  return true;
}

/** Where the piece ends when it matches at `at`, else -1. */
function stepOver(piece: Buffer | 'one', source: Buffer, at: number, end: number): number {
  if (piece === 'one') {
    if (at >= end) return -1;
    let next = at + 1;
    while (next < end && !beginsCharacter(source[next]!)) next++;
    return next;
  }
  return at + piece.length <= end && holds(source, at, piece) ? at + piece.length : -1;
}

/** Without regard to case: both sides in lower case, by characters. */
function ignoringCase(pattern: Buffer, call: FunctionCall): Matcher {
  const matches = matcherOf(piecesOf(Buffer.from(pattern.toString().toLowerCase()), call));
  return (source, start, end) => {
    const lower = Buffer.from(source.toString('utf8', start, end).toLowerCase());
    return matches(lower, 0, lower.length);
  };
}

const exact = (pattern: Buffer, call: FunctionCall): Matcher => matcherOf(piecesOf(pattern, call));

function regularExpression(pattern: Buffer, call: FunctionCall): Matcher {
  try {
    const expression = new RegExp(pattern.toString(), 'su');
    return (source, start, end) => expression.test(source.toString('utf8', start, end));
  } catch (cause) {
    throw new WinnowError('BAD_ARGUMENTS', `'${pattern.toString()}' is not a regular expression`, {
      cause,
      position: call.position,
    });
  }
}

function matching(
  names: readonly string[],
  compile: (pattern: Buffer, call: FunctionCall) => Matcher,
  whenMatching: 0 | 1,
  anyCase?: true,
): ScalarFunction {
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [2, 2],
    bind: (call) => {
      requireTexts(call, 0, 1);
      return { type: uint8, run: matchingKernel(call, compile, whenMatching) };
    },
  };
}

function matchingKernel(
  call: FunctionCall,
  compile: (pattern: Buffer, call: FunctionCall) => Matcher,
  whenMatching: 0 | 1,
): ScalarKernel {
  const constant = call.args[1]?.constant;
  const compiled = constant && compile(rowBytes(constant, 0), call);
  return textToNumber(uint8, (source, start, end, row, args) => {
    const matches = compiled ?? compile(rowBytes(args[1]!, row), call);
    return matches(source, start, end) ? whenMatching : 1 - whenMatching;
  });
}

export const likeFunctions: readonly ScalarFunction[] = [
  matching(['like'], exact, 1),
  matching(['notLike'], exact, 0),
  matching(['ilike'], ignoringCase, 1),
  matching(['notILike'], ignoringCase, 0),
  matching(['match', 'REGEXP_MATCHES'], regularExpression, 1, true),
];
