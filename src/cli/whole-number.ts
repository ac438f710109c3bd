import { UsageError } from './report.ts';

/** The number that an option of the command line was given. */
export function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max)
    throw new UsageError(`${flag} takes a whole number up to ${max}, not '${text}'`);
  return value;
}
