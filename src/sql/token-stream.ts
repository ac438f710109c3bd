// token-stream.ts — the parser's view of the text: a current token, what was expected there, and how deep we are.
//
// Every test for a token that fails is remembered until the next token is taken; a syntax error lists them.

import { WinnowError, notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Expression, SelectQuery } from './ast.ts';
import { readToken, type Token } from './lexer.ts';
import { suggestion, syntaxError, type Stop } from './syntax-error.ts';

/** Nesting of the text and height of the tree: deeper ones could exhaust the stack of whoever walks the tree. */
const maxDepth = 300;
const maxHeight = 1000;

/** The mutually recursive parts of the grammar, handed around so that their modules need not import each other. */
export type Grammar = {
  /** With an optional `AS name`. */
  readonly expression: (tokens: TokenStream) => Expression;
  /** Without alias, where AS belongs to what stands around it. */
  readonly unaliased: (tokens: TokenStream) => Expression;
  /** A SELECT inside a statement: without FORMAT. */
  readonly select: (tokens: TokenStream) => SelectQuery;
};

export class TokenStream {
  readonly text: string;
  readonly grammar: Grammar;
  /** The token to be taken next. */
  token: Token;
  private readonly ahead: Token[] = [];
  private expected: string[] = [];
  /** The last implicit alias: perhaps it was meant to be a keyword. */
  private impliedAlias: Stop | undefined;
  private depth = 0;
  private height = 0;
  private line = 1;
  private lineStart = 0;
  private lineEnd: number;

  constructor(text: string, grammar: Grammar, offset = 0) {
    this.text = text;
    this.grammar = grammar;
    this.token = readToken(text, offset);
    this.lineEnd = text.indexOf('\n');
  }

  /** The token `distance` places after the current one. */
  peek(distance = 1): Token {
    while (this.ahead.length < distance) {
      const last = this.ahead.at(-1) ?? this.token;
      this.ahead.push(readToken(this.text, last.end));
    }
    return this.ahead[distance - 1]!;
  }

  /** Takes the current token. */
  advance(): Token {
    const taken = this.token;
    this.token = this.ahead.shift() ?? readToken(this.text, taken.end);
    this.expected.length = 0;
    return taken;
  }

  /** Goes on at `offset`; what lies before it is not read as tokens. */
  skipTo(offset: number): void {
    this.ahead.length = 0;
    this.expected.length = 0;
    this.token = readToken(this.text, offset);
  }

  /** True when the current token is the keyword (in upper case) or symbol. */
  at(keyword: string): boolean {
    if (this.token.keyword === keyword) return true;
    this.expected.push(keyword);
    return false;
  }

  /** Takes the keyword or symbol if it is there. */
  take(keyword: string): boolean {
    if (!this.at(keyword)) return false;
    this.advance();
    return true;
  }

  /** Takes words that must all be there, else takes nothing. */
  takeWords(first: string, ...rest: readonly string[]): boolean {
    const found = this.token.keyword === first && rest.every((word, i) => this.peek(i + 1).keyword === word);
    if (!found) this.expected.push([first, ...rest].join(' '));
    else for (let i = 0; i <= rest.length; i++) this.advance();
    return found;
  }

  /** Takes the keywords or symbols, all of which must be there. */
  expect(...keywords: readonly string[]): void {
    for (const keyword of keywords) if (!this.take(keyword)) this.fail();
  }

  /** Takes a bare or quoted identifier; `what` names it in an error. */
  identifier(what = 'identifier'): string {
    if (this.token.kind !== 'word' && this.token.kind !== 'quoted') this.fail(what);
    return this.advance().text;
  }

  /** Takes an alias without AS; remembers it as a possibly mistyped keyword. */
  implicitAlias(): string {
    this.impliedAlias = { token: this.token, expected: [...this.expected] };
    return this.advance().text;
  }

  string(what = 'string'): string {
    if (this.token.kind !== 'string') this.fail(what);
    return this.advance().text;
  }

  /** Notes something that could stand here, for the error message only. */
  wanted(what: string): void {
    this.expected.push(what);
  }

  /** One or more, with commas between. */
  list<T>(parse: (tokens: TokenStream) => T): T[] {
    const items = [parse(this)];
    while (this.take(',')) items.push(parse(this));
    return items;
  }

  /** `( … )` around what `parse` takes. */
  parenthesised<T>(parse: (tokens: TokenStream) => T): T {
    this.expect('(');
    const value = parse(this);
    this.expect(')');
    return value;
  }

  /** The place of an offset. Quick for rising offsets, which is how a parser asks. */
  positionAt(offset: number): SourcePosition {
    if (offset < this.lineStart) {
      this.line = 1;
      this.lineStart = 0;
      this.lineEnd = this.text.indexOf('\n');
    }
    while (this.lineEnd !== -1 && this.lineEnd < offset) {
      this.line++;
      this.lineStart = this.lineEnd + 1;
      this.lineEnd = this.text.indexOf('\n', this.lineStart);
    }
    return { offset, line: this.line, column: offset - this.lineStart + 1 };
  }

  /** The place of the current token. */
  position(): SourcePosition {
    return this.positionAt(this.token.start);
  }

  /** Stops with a SYNTAX_ERROR at the current token, or at the alias before it when that looks like a mistyped keyword. */
  fail(...wanted: readonly string[]): never {
    this.expected.push(...wanted);
    const here: Stop = { token: this.token, expected: this.expected };
    const alias = this.impliedAlias;
    const mistyped =
      alias &&
      readToken(this.text, alias.token.end).start === this.token.start &&
      suggestion(alias) !== undefined;
    const stop = mistyped ? alias : here;
    throw syntaxError(this.text, this.positionAt(stop.token.start), stop);
  }

  /** Refuses a known feature that begins at the current token. */
  refuse(feature: string): never {
    throw notImplemented(feature, this.position());
  }

  /**
   * Runs `parse` one level deeper and keeps account of the height of the tree it builds: `grown` is called by
   * it each time the tree gets one level higher without the text being nested (`a + b + c …`).
   */
  nested<T>(parse: () => T): T {
    const siblings = this.height;
    this.height = 0;
    if (++this.depth > maxDepth) this.tooDeep();
    const value = parse();
    this.depth--;
    this.height = Math.max(siblings, this.height + 1);
    return value;
  }

  grown(): void {
    if (++this.height > maxHeight) this.tooDeep();
  }

  private tooDeep(): never {
    throw new WinnowError('TOO_DEEP_RECURSION', 'the statement is nested too deeply', {
      detail: `at most ${maxDepth} levels of nesting and ${maxHeight} operators in a row are taken`,
      hint: 'write long chains of OR as x IN (…)',
      position: this.position(),
    });
  }
}
