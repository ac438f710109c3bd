import process from 'node:process';
import { createInterface } from 'node:readline';
import { reportError, stderrColors } from './report.ts';
import { isBlank, splitStatements } from '../sql/split-statements.ts';
import type { Outcome } from './target.ts';

/** Runs one statement; its answer goes to stdout. */
type Run = (statement: string, signal: AbortSignal) => Promise<Outcome>;

/**
 * Reads statements from the terminal until `exit` or Ctrl-D. A statement ends with `;` and may take several lines.
 * Ctrl-C cancels what runs, or else what was typed.
 */
export async function startRepl(run: Run): Promise<void> {
  const { bold, dim } = stderrColors();
  const prompt = `${bold('winnow')}> `;
  const terminal = createInterface({ input: process.stdin, output: process.stderr, prompt });
  let typed = '';
  let running: AbortController | undefined;
  const ask = (): void => {
    terminal.setPrompt(isBlank(typed) ? prompt : '      > ');
    terminal.prompt();
  };
  terminal.on('SIGINT', () => {
    if (running) return running.abort();
    typed = '';
    // To the end of the line, then delete back to its start.
    terminal.write(null, { ctrl: true, name: 'e' });
    terminal.write(null, { ctrl: true, name: 'u' });
    process.stderr.write(dim('  (Ctrl-D leaves)\n'));
    ask();
  });

  process.stderr.write(dim('Statements end with ; and Ctrl-D leaves.\n'));
  ask();
  for await (const line of terminal) {
    if (isBlank(typed) && /^\s*(exit|quit)\s*;?\s*$/i.test(line)) break;
    typed += `${line}\n`;
    const { statements, rest } = splitStatements(typed);
    typed = isBlank(rest) ? '' : rest;
    for (const statement of statements) {
      running = new AbortController();
      try {
        const outcome = await run(statement, running.signal);
        process.stderr.write(dim(`${outcomeText(outcome)}\n`));
      } catch (error) {
        if (!running.signal.aborted) reportError(error, statement);
        else process.stderr.write(dim('cancelled\n'));
        break;
      }
    }
    running = undefined;
    ask();
  }
  terminal.close();
  process.exitCode = 0;
}

/** `3 rows · 1.2 ms · exact, through orders_by_buyer` */
function outcomeText({ resultRows, writtenRows, elapsedMs, freshness }: Outcome): string {
  const rows = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`;
  const parts = [
    writtenRows > 0 ? `${rows(writtenRows)} written` : rows(resultRows),
    `${elapsedMs.toFixed(1)} ms`,
  ];
  if (freshness)
    parts.push(
      `${freshness.ageMs === 0 ? 'exact' : `${freshness.ageMs} ms old`}, through ${freshness.accessPath}`,
    );
  return parts.join(' · ');
}
