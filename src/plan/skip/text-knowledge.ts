// text-knowledge.ts — what ngrambf_v1 and tokenbf_v1 indexes say of a condition: a text has a piece only where the filter has
// the n-grams, or the tokens, of that piece.
//
// Keeps true: of a piece at whose sides anything may stand, only what does not touch these sides is asked for. N-grams
// count characters from the beginning of a text, as ClickHouse does: the texts of a column must be UTF-8.

import type { Expression as Bound } from '../../expr/expression.ts';
import { beginsCharacter, isTokenByte } from '../../expr/text-kernels.ts';
import { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { SkipIndexType } from '../../parts/skip-index.ts';
import { CAN_BE_FALSE } from '../three-valued.ts';
import { filterTest } from './filter-test.ts';
import { elementOf } from './indexed-operand.ts';
import { knowledgeByPlace, type IndexKnowledge, type PlaceTest } from './index-knowledge.ts';
import { piecesOf, type TextPiece } from './text-pieces.ts';

type TextIndexType = Extract<SkipIndexType, { kind: 'ngrambf_v1' | 'tokenbf_v1' }>;

export function textKnowledge(expressions: readonly Bound[], type: TextIndexType): IndexKnowledge {
  const testOfPlace: PlaceTest = (place, test) => {
    const { kind } = elementOf(expressions[place]!.type);
    // Of other types the filter holds bytes that are no text.
    if (kind !== 'String' && kind !== 'FixedString') return undefined;
    const alternatives = piecesOf(test)?.map((pieces) => bitsOf(pieces, type));
    if (!alternatives || alternatives.some((bits) => bits.length === 0)) return undefined;
    return filterTest(place, (filter) => alternatives.some((bits) => hasBits(filter, bits)));
  };
  return knowledgeByPlace(expressions, testOfPlace, CAN_BE_FALSE);
}

function hasBits(filter: Uint8Array, bits: readonly number[]): boolean {
  return bits.every((bit) => (filter[bit >> 3]! & (1 << (bit & 7))) !== 0);
}

/** The bits that a text with all pieces has set. */
function bitsOf(pieces: readonly TextPiece[], type: TextIndexType): number[] {
  const arena = new Arena();
  try {
    const filter = arena.u8(type.filter.sizeBytes).fill(0);
    const cut = type.kind === 'tokenbf_v1' ? wholeTokens : wholeCharacters;
    for (const piece of pieces) addText(filter, cut(piece), type, arena);
    return setBitsOf(filter);
  } finally {
    arena.release();
  }
}

function addText(filter: Uint8Array, text: Buffer, type: TextIndexType, arena: Arena): void {
  const { kernels } = kernelRuntime();
  const { seed, hashCount } = type.filter;
  const offsets = arena.take(Uint32Array.of(0, text.length)).byteOffset;
  const texts = [offsets, arena.take(Uint8Array.from(text)).byteOffset, 1] as const;
  const into = [seed, hashCount, filter.byteOffset, filter.length] as const;
  if (type.kind === 'tokenbf_v1') kernels.addTokens(...texts, ...into);
  else kernels.addNgrams(...texts, type.ngramLength, ...into);
}

function setBitsOf(filter: Uint8Array): number[] {
  const bits: number[] = [];
  filter.forEach((byte, i) => {
    for (let rest = byte; rest !== 0; rest &= rest - 1) bits.push(8 * i + 31 - Math.clz32(rest & -rest));
  });
  return bits;
}

/** Without the tokens that may go on beyond the piece. */
function wholeTokens({ text, before, behind }: TextPiece): Buffer {
  let [start, end] = [0, text.length];
  if (before === 'anything') while (start < end && isTokenByte(text[start]!)) start++;
  if (behind === 'anything') while (end > start && isTokenByte(text[end - 1]!)) end--;
  return text.subarray(start, end);
}

/** Without bytes of characters that begin before the piece or end behind it. */
function wholeCharacters({ text, before, behind }: TextPiece): Buffer {
  let [start, end] = [0, text.length];
  if (before !== 'end') while (start < end && !beginsCharacter(text[start]!)) start++;
  if (behind !== 'end') {
    let last = end - 1;
    while (last > start && !beginsCharacter(text[last]!)) last--;
    if (last >= start && last + characterBytes(text[last]!) > end) end = last;
  }
  return text.subarray(start, end);
}

function characterBytes(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
