// text-pieces.ts — which pieces of text a condition needs a text to have.
//
// Keeps true: a text for which the condition is true has, for one of the alternatives, every piece, with what stands at
// the sides of each: the end of the text, a separator of tokens or the end, or anything.

import { sliceColumn } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { textOf, type OperandTest } from '../operand-test.ts';
import { regexPieces } from '../regex-pattern.ts';

type Side = 'end' | 'separator' | 'anything';

export type TextPiece = { readonly text: Buffer; readonly before: Side; readonly behind: Side };

export type PieceAlternatives = readonly (readonly TextPiece[])[];

/** undefined when nothing is known. */
export function piecesOf(test: OperandTest): PieceAlternatives | undefined {
  switch (test.kind) {
    case 'compare':
      return test.comparison === '=' ? wholeTexts(test.constant) : undefined;
    case 'in':
      return wholeTexts(test.set);
    case 'has':
      return wholeTexts(test.constant);
    case 'hasAny':
      return wholeTexts(test.elements);
    case 'hasAll': {
      const texts = wholeTexts(test.elements);
      return texts && [texts.flat()];
    }
    case 'multiSearchAny':
      return rowsOf(test.elements)?.map((text) => [anywhere(text)]);
    case 'startsWith':
      return [[{ text: test.text, before: 'end', behind: 'anything' }]];
    case 'endsWith':
      return [[{ text: test.text, before: 'anything', behind: 'end' }]];
    case 'hasToken':
      return [[{ text: test.text, before: 'separator', behind: 'separator' }]];
    case 'like':
      return likePieces(test.text);
    case 'match':
      return regexPieces(test.text)?.map((texts) => texts.map(anywhere));
    default:
      return undefined;
  }
}

const anywhere = (text: Buffer): TextPiece => ({ text, before: 'anything', behind: 'anything' });

function wholeTexts(column: Column): PieceAlternatives | undefined {
  return rowsOf(column)?.map((text) => [{ text, before: 'end', behind: 'end' }]);
}

/** undefined when a row is no text, or NULL. */
function rowsOf(column: Column): Buffer[] | undefined {
  const texts = Array.from({ length: column.rowCount }, (_, row) =>
    textOf(sliceColumn(column, row, row + 1)),
  );
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

const [PERCENT, UNDERSCORE, BACKSLASH] = [0x25, 0x5f, 0x5c];

/** What stands between the wildcards of a LIKE pattern. */
function likePieces(pattern: Buffer): PieceAlternatives | undefined {
  const pieces: TextPiece[] = [];
  let text: number[] = [];
  let before: Side = 'end';
  const flush = (behind: Side): void => {
    if (text.length > 0) pieces.push({ text: Buffer.from(text), before, behind });
    text = [];
    before = 'anything';
  };
  for (let at = 0; at < pattern.length; at++) {
    const byte = pattern[at]!;
    if (byte === PERCENT || byte === UNDERSCORE) flush('anything');
    else if (byte === BACKSLASH) {
      const next = pattern[++at];
      if (next === undefined) return undefined;
      // Before anything but % _ \\ a backslash stands for itself.
      if (next !== PERCENT && next !== UNDERSCORE && next !== BACKSLASH) text.push(BACKSLASH);
      text.push(next);
    } else text.push(byte);
  }
  flush('end');
  return [pieces];
}
