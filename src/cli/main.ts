#!/usr/bin/env node
// main.ts — the command line. Data goes to stdout, everything else to stderr.
// Exit codes: 0 done · 1 failed · 2 bad usage · 130 interrupted.

import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';

const { version } = createRequire(import.meta.url)('winnowdb/package.json') as { version: string };

const examples = `Examples:
  winnow serve --data ./data            serve a store at http://127.0.0.1:8123
  winnow sql "SELECT 1 + 1"             run a statement on the store in ./data
  winnow local "SELECT * FROM 'a.csv'"  run a statement over files
  winnow diff --data ./data             are index tables equal to their row tables?
  winnow lanes --watch                  how far the index tables lag, every second
  winnow parts export facts --to out    write the parts of a table for ClickHouse
  winnow parts import t --from folder   take parts that ClickHouse wrote

`;

const dataOption = (): Option =>
  new Option('-d, --data <folder>', 'the store').default('./data').env('WINNOW_DATA');
const urlOption = (): Option =>
  new Option('-u, --url <url>', 'a server instead of a folder').env('WINNOW_URL');
const collect = (value: string, list: readonly string[]): string[] => [...list, value];

function createProgram(): Command {
  const program = new Command('winnow')
    .description(
      'One store for rows, indexes and columns. Every index is asynchronous, and no answer is ever stale.',
    )
    .version(version, '-v, --version', 'print the version')
    .addHelpText('before', examples)
    .showHelpAfterError('(winnow --help shows what there is)')
    .exitOverride();

  program
    .command('serve')
    .description('serve a store over HTTP, in the dialect of ClickHouse')
    .addOption(dataOption())
    .addOption(
      new Option('--host <address>', 'loopback address to listen on').default('127.0.0.1').env('WINNOW_HOST'),
    )
    .addOption(new Option('--port <number>', 'port; 0 takes a free one').default('8123').env('WINNOW_PORT'))
    .option('--allow-host <name>', 'a host name requests may use, beside localhost; repeatable', collect, [])
    .option('--allow-origin <origin>', 'an origin whose pages may use the server; repeatable', collect, [])
    .option('--max-body-bytes <bytes>', 'limit of a request body, decompressed', String(256 * 1024 * 1024))
    .option('--readonly', 'refuse every write', false)
    .action(async (options) => (await import('./serve.ts')).serve(options));

  program
    .command('sql')
    .description('run SQL: from the argument, from stdin, or in an interactive session')
    .argument('[query]', 'one or more statements; the data of an INSERT … FORMAT may come from stdin')
    .addOption(dataOption())
    .addOption(urlOption())
    .option(
      '-f, --format <name>',
      'format of the answer; default PrettyCompact in a terminal, else TabSeparated',
    )
    .option('--database <name>', 'database of bare table names', 'default')
    .action(async (query, options) => (await import('./sql.ts')).sql(query, options));

  program
    .command('local')
    .description('run SQL over files: parts of ClickHouse, CSV, TSV, JSON lines, Parquet; no store is needed')
    .argument('[query]', "one or more statements, such as SELECT count() FROM 'folder-or-file'")
    .option(
      '-f, --format <name>',
      'format of the answer; default PrettyCompact in a terminal, else TabSeparated',
    )
    .option('--json', 'the same as --format JSONEachRow', false)
    .action(async (query, options) => (await import('./local.ts')).local(query, options));

  const parts = program
    .command('parts')
    .description('what MergeTree tables and columnar index tables are made of');

  parts
    .command('export')
    .description('write the parts of a table into a folder, from which ClickHouse attaches them')
    .argument('<table>', 'a MergeTree table, or an index table with LAYOUT COLUMNAR')
    .addOption(dataOption())
    .requiredOption('--to <folder>', 'an empty folder, or one that is made')
    .option('--json', 'say what was done as one line of JSON', false)
    .action(async (table, options) => (await import('./parts.ts')).exportTable(table, options));

  parts
    .command('import')
    .description('take parts that ClickHouse or an export wrote into a MergeTree table')
    .argument('<table>', 'the table; made by create.sql in the folder when there is none')
    .addOption(dataOption())
    .requiredOption('--from <folder>', 'a folder of parts: an export, a FREEZE, detached/ of a table')
    .option('--json', 'say what was done as one line of JSON', false)
    .action(async (table, options) => (await import('./parts.ts')).importTable(table, options));

  program
    .command('diff')
    .description('compare index tables with their row tables; exit code 0 equal, 1 drift, 2 error')
    .argument('[index tables...]', 'which ones; default all')
    .addOption(dataOption())
    .addOption(urlOption())
    .option('--state <file>', 'keep what is compared, and go on from there after an interruption')
    .option('--unit-rows <number>', 'rows that are compared at a time, about', '1000000')
    .option('--repair', 'run REPAIR INDEX TABLE for what differs', false)
    .action(async (names, options) => (await import('./diff.ts')).diff(names, options));

  program
    .command('lanes')
    .description('show how far every lane is behind, and whether it gets on')
    .addOption(dataOption())
    .addOption(urlOption())
    .option('--watch', 'again and again, until it is interrupted', false)
    .option('--interval <ms>', 'time between two looks', '1000')
    .action(async (options) => (await import('./lanes.ts')).lanes(options));

  program
    .command('error')
    .description('say what an error number or name means')
    .argument('<error>', 'number or name')
    .action(async (error) => (await import('./error.ts')).explainError(error));

  return program;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else (await import('./report.ts')).reportError(error);
}
