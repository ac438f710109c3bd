// main.ts — the program behind `npm start`: flights into a store, live traffic, SQL over HTTP, and what to try.
//
// Data on stdout, everything else on stderr. Exit codes: 0 done, 1 failed or (--check) paths disagree, 2 bad usage,
// 130 interrupted.

import process from 'node:process';
import { reportError } from '../../src/cli/report.ts';
import { parseOptions, usage } from './options.ts';
import { runCheck } from './run-check.ts';
import { runDemo } from './run-demo.ts';

const EXIT_INTERRUPTED = 130;

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const signal = interruptSignal();
  const context = { signal, log: (text: string) => void process.stderr.write(`${text}\n`) };
  let ok = true;
  if (options.check) ok = await runCheck(options, context);
  else await runDemo(options, context);
  process.exitCode = signal.aborted ? EXIT_INTERRUPTED : ok ? 0 : 1;
}

/** Aborted by Ctrl-C or SIGTERM; the second one does not wait for a clean end. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

main().catch(reportError);
