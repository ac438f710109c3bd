import { once } from 'node:events';
import process from 'node:process';
import { addAbortSignal } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { endsInFormat } from '../server/query-request.ts';
import { openTarget, type TargetOptions } from './open-target.ts';
import { startRepl } from './repl.ts';
import { reportError } from './report.ts';
import { isBlank, splitStatements } from '../sql/split-statements.ts';
import type { Outcome, RunOptions, Target } from './target.ts';

type SqlOptions = TargetOptions & { readonly format?: string };

/** Runs SQL from the argument, from stdin, or line by line from a terminal. */
export async function sql(query: string | undefined, options: SqlOptions): Promise<void> {
  const format = outputFormat(options.format);
  const target = await openTarget(options);
  try {
    if (query !== undefined) await runScript(target, query, format);
    else if (process.stdin.isTTY) {
      endQuietlyWithReader();
      await startRepl((statement, signal) =>
        runStatement(target, statement, { format, data: undefined, signal }),
      );
    } else await runScript(target, await text(process.stdin), format);
  } finally {
    await target.close();
  }
}

/** The format that is asked for, or one that suits where the answer goes. */
export function outputFormat(asked: string | undefined): string {
  return asked ?? (process.stdout.isTTY ? 'PrettyCompact' : 'TabSeparated');
}

/** Runs the statements in order and stops at the first error. Ctrl-C cancels and ends with 130. */
export async function runScript(target: Target, script: string, format: string): Promise<void> {
  endQuietlyWithReader();
  const { statements, rest } = splitStatements(script);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  for (const statement of isBlank(rest) ? statements : [...statements, rest]) {
    try {
      const { signal } = interrupt;
      const fromStdin = endsInFormat(statement) && !process.stdin.isTTY;
      const data = fromStdin ? await buffer(addAbortSignal(signal, process.stdin)) : undefined;
      await runStatement(target, statement, { format, data, signal });
    } catch (error) {
      if (!interrupt.signal.aborted) return reportError(error, statement);
      process.exitCode = 130;
      return;
    }
  }
}

/** A reader that stops early, such as `head`, is no error. */
function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

async function runStatement(target: Target, statement: string, options: RunOptions): Promise<Outcome> {
  const answer = target.run(statement, options);
  for (;;) {
    const { done, value } = await answer.next();
    if (done) return value;
    if (!process.stdout.write(value)) await once(process.stdout, 'drain');
  }
}
