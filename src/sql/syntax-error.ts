import { WinnowError, type SourcePosition } from '../base/errors.ts';
import type { Token } from './lexer.ts';
import { nearestName } from '../base/nearest.ts';
import { operatorWords } from './words.ts';

const restLimit = 80;

/** A token the parser stopped at, with everything it would have taken there. */
export type Stop = { readonly token: Token; readonly expected: readonly string[] };

/** The keyword that the token of `stop` is probably meant to be. */
export function suggestion(stop: Stop): string | undefined {
  if (stop.token.kind !== 'word') return undefined;
  const candidates = stop.expected.flatMap((name) =>
    name === 'operator' ? operatorWords : name.split(' ')[0]!,
  );
  const { keyword } = stop.token;
  return nearestName(
    keyword,
    new Set(candidates.filter((name) => /^[A-Z]+$/.test(name) && name !== keyword)),
  );
}

function shorten(text: string): string {
  return text.length > restLimit ? `${text.slice(0, restLimit)}…` : text;
}

/** SYNTAX_ERROR at a token, in ClickHouse's wording; `position` is the token's place in `text`. */
export function syntaxError(text: string, position: SourcePosition, stop: Stop): WinnowError {
  const { token } = stop;
  const written = token.kind === 'end' ? 'end of query' : shorten(text.slice(token.start, token.end));
  const reason = token.kind === 'invalid' ? `${token.text}: ` : '';
  const expected = token.kind === 'invalid' ? '' : [...new Set(stop.expected)].join(', ');
  const meant = suggestion(stop);
  return new WinnowError(
    'SYNTAX_ERROR',
    `${reason}Syntax error: failed at position ${token.start + 1} (${written})`,
    {
      position,
      detail: `${shorten(text.slice(token.start))}.${expected && ` Expected one of: ${expected}.`}`.trim(),
      hint: meant && `did you mean ${meant}?`,
    },
  );
}
