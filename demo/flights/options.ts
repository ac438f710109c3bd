// options.ts — the command line of the demonstration.

import { parseArgs } from 'node:util';
import { UsageError } from '../../src/cli/report.ts';

export type Options = {
  /** Folder of the store; undefined with --check: a temporary one. */
  readonly data: string | undefined;
  readonly port: number;
  /** Use only the first flights of the file. */
  readonly rows: number | undefined;
  /** Seed of the live traffic; the store remembers the one it began with. */
  readonly seed: number | undefined;
  readonly check: boolean;
  readonly help: boolean;
};

export const usage = `Usage: npm start -- [options]

Loads 3 million US flights of 2001 into ./data, replays their last days as live traffic, and serves SQL over HTTP.

  --data <folder>  where the store lies (default: ./data; with --check: a temporary folder)
  --port <number>  port on 127.0.0.1 (default: 8123)
  --rows <count>   use only the first flights of the file, at least 1,000
  --seed <number>  draw the live traffic's changes from this seed (default: 2001)
  --check          load all, compare every access path with ClickHouse's own SQL, print one JSON line and exit
  --help           show this text
`;

/** Reads the arguments after `npm start --`. Errors: UsageError. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseOrRefuse(args);
  return {
    data: values.data ?? (values.check ? undefined : 'data'),
    port: wholeNumber('port', values.port, 0, 65_535) ?? 8123,
    rows: wholeNumber('rows', values.rows, 1_000, 2 ** 32 - 1),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
    check: values.check ?? false,
    help: values.help ?? false,
  };
}

function parseOrRefuse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        rows: { type: 'string' },
        seed: { type: 'string' },
        check: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not '${text}'`);
}
