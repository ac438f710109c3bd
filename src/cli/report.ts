import process from 'node:process';
import { createColors } from 'picocolors';
import { WinnowError } from '../base/errors.ts';

/** Bad usage: exit code 2. */
export class UsageError extends Error {}

/** Colours for stderr. */
export function stderrColors(): ReturnType<typeof createColors> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  // In a pipe `isTTY` is undefined, which would let the package decide, and it colours whatever runs under CI.
  const wanted = Boolean(FORCE_COLOR) || (process.stderr.isTTY === true && TERM !== 'dumb');
  return createColors(!NO_COLOR && wanted);
}

/** Writes the error to stderr, with the place in the statement, and sets the exit code. */
export function reportError(error: unknown, statement?: string): void {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  process.stderr.write(errorText(error, statement));
}

function errorText(error: unknown, statement: string | undefined): string {
  const { red, dim } = stderrColors();
  if (!(error instanceof WinnowError)) {
    const expected = error instanceof UsageError;
    return `${red(error instanceof Error ? (!expected && error.stack) || error.message : String(error))}\n`;
  }
  const lines = [`${red(`${error.code} (${error.number}):`)} ${error.message}`];
  const { position } = error;
  const line = position && statement?.split('\n')[position.line - 1];
  if (position && line !== undefined)
    lines.push(`  ${line}`, `  ${' '.repeat(position.column - 1)}${red('^')}`);
  if (error.detail) lines.push(error.detail);
  if (error.hint) lines.push(dim(`Hint: ${error.hint}`));
  return `${lines.join('\n')}\n`;
}
