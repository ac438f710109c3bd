import process from 'node:process';
import type { ErrorCode } from '../base/errors.ts';
import { errorTable } from '../base/errors.ts';
import { UsageError } from './report.ts';

/** Prints what an error number or name means. */
export function explainError(text: string): void {
  const wanted = text.toUpperCase();
  const code = (Object.keys(errorTable) as ErrorCode[]).find(
    (c) => c === wanted || String(errorTable[c].number) === wanted,
  );
  if (!code) throw new UsageError(`there is no error '${text}' in this version`);
  const { number, meaning, httpStatus, retryable } = errorTable[code];
  const again = retryable ? 'The same request may succeed later.' : 'The same request will fail again.';
  process.stdout.write(`${number} ${code}\n${meaning}\n${again} HTTP status ${httpStatus}.\n`);
}
