// main.ts — `npm run bench`: Winnow and other engines on the same flights, in one interleaved run.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openChdb } from './engines/chdb.ts';
import { openDuckdb } from './engines/duckdb.ts';
import { openSqlite } from './engines/sqlite.ts';
import { openWinnow } from './engines/winnow.ts';
import { openChdbFacts } from './flights/chdb.ts';
import { openDuckdbFacts } from './flights/duckdb.ts';
import { flightsReportJsonLines, flightsReportText } from './flights/report.ts';
import { runFlights } from './flights/run.ts';
import { openWinnowFacts } from './flights/winnow.ts';
import { openChdbOrders } from './parts/chdb.ts';
import { openDuckdbOrders } from './parts/duckdb.ts';
import { partsReportJsonLines, partsReportText } from './parts/report.ts';
import { partsTopics, runParts } from './parts/run.ts';
import { openWinnowOrders as openWinnowParts } from './parts/winnow.ts';
import { openMariadbOrders } from './pipeline/mariadb.ts';
import { pipelineReportJsonLines, pipelineReportText } from './pipeline/report.ts';
import { pipelineParts, runPipeline } from './pipeline/run.ts';
import { openSqliteOrders } from './pipeline/sqlite.ts';
import { openWinnowOrders } from './pipeline/winnow.ts';
import { reportJsonLines, reportText } from './report.ts';
import { runSlice } from './slice.ts';

const MIN_ROUNDS = 5;
const MIN_ROWS = 20_000;

const usage = `Usage: npm run bench -- slice    [--rows 500000]  [--rounds 5] [--json]
       npm run bench -- flights  [--rows 3000000] [--rounds 5] [--json] [--threads 1,2]
       npm run bench -- pipeline [--rows 100000]  [--rounds 5] [--json] [--parts writes,applied,lag,reads]
       npm run bench -- parts    [--rows 1000000,10000000] [--rounds 5] [--json] [--parts insert,open]

slice     load, point get, reads through both indexes, a range of 1,000 and durable puts with 1 and 64 writers
flights   six aggregates and a range of the sorting key over a columnar table
pipeline  durable writes with 0, 1, 2 and 4 secondary indexes; --rows changes applied by 1 and 2 lanes; lag; fresh reads
parts     a file of --rows orders into a MergeTree table on one thread, its size on disk; opening a table of 1,000 parts
--json prints one JSON object per operation and engine on stdout; the report then goes to stderr.
`;

type Options = {
  readonly rows: number;
  /** All that --rows names; only the benchmark of parts takes several. */
  readonly rowCounts: readonly number[];
  readonly rounds: number;
  readonly threads: readonly number[];
  /** What --parts names, or all there are. */
  readonly parts: <P extends string>(all: readonly P[]) => readonly P[];
};

const log = (text: string): void => void process.stderr.write(`${text}\n`);

type Bench = {
  readonly rows: readonly number[];
  /** Of --rows. */
  readonly takesSeveral?: true;
  run(options: Options): Promise<{ text: string; json: string }>;
};

const benches: Readonly<Record<string, Bench>> = {
  slice: {
    rows: [500_000],
    async run(options) {
      const peers = await loadable({ 'better-sqlite3': openSqlite, duckdb: openDuckdb, chdb: openChdb });
      const result = await runSlice([openWinnow, ...peers], { ...options, log });
      return { text: reportText(result), json: reportJsonLines(result) };
    },
  },
  flights: {
    rows: [3_000_000],
    async run(options) {
      const peers = await loadable({ duckdb: openDuckdbFacts, chdb: openChdbFacts });
      const result = await runFlights([openWinnowFacts, ...peers], { ...options, log });
      return { text: flightsReportText(result), json: flightsReportJsonLines(result) };
    },
  },
  pipeline: {
    rows: [100_000],
    async run({ rows, rounds, parts: chosen }) {
      const parts = chosen(pipelineParts);
      const compared = parts.includes('writes');
      const peers = await loadable(
        compared ? { 'better-sqlite3': openSqliteOrders, mariadb: openMariadbOrders } : {},
      );
      const result = await runPipeline([openWinnowOrders, ...peers], { parts, rounds, changes: rows, log });
      return { text: pipelineReportText(result), json: pipelineReportJsonLines(result) };
    },
  },
  parts: {
    rows: [1_000_000, 10_000_000],
    takesSeveral: true,
    async run({ rowCounts, rounds, parts }) {
      const topics = parts(partsTopics);
      const peers = await loadable({ duckdb: openDuckdbOrders, chdb: openChdbOrders });
      const result = await runParts([openWinnowParts, ...peers], { topics, rowCounts, rounds, log });
      return { text: partsReportText(result), json: partsReportJsonLines(result) };
    },
  },
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string' },
      threads: { type: 'string' },
      parts: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const bench = positionals.length === 1 ? benches[positionals[0]!] : undefined;
  const rowCounts = values.rows?.split(',').map(Number) ?? bench?.rows ?? [];
  const rounds = Number(values.rounds ?? MIN_ROUNDS);
  const threads = (values.threads ?? '1,2').split(',').map(Number);
  const parts = <P extends string>(all: readonly P[]): P[] =>
    all.filter((part) => values.parts?.split(',').includes(part) ?? true);
  const areValid = rowCounts.every((rows) => rows >= MIN_ROWS) && threads.every((count) => count >= 1);
  const areOne = rowCounts.length === 1 || bench?.takesSeveral;
  if (!bench || !areValid || !areOne || !(rounds >= MIN_ROUNDS)) {
    log(`${usage}At least ${MIN_ROWS} rows and ${MIN_ROUNDS} rounds.`);
    return 2;
  }
  const { text, json } = await bench.run({ rows: rowCounts[0]!, rowCounts, rounds, threads, parts });
  (values.json ? process.stderr : process.stdout).write(text);
  if (values.json) process.stdout.write(json);
  return 0;
}

/** The peers whose packages can be loaded; the others are named and left out. */
async function loadable<E extends { close(): Promise<void> }>(
  peers: Readonly<Record<string, (folder: string) => Promise<E>>>,
): Promise<((folder: string) => Promise<E>)[]> {
  const found: ((folder: string) => Promise<E>)[] = [];
  for (const [name, openEngine] of Object.entries(peers)) {
    const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-try-'));
    try {
      await (await openEngine(folder)).close();
      found.push(openEngine);
    } catch (error) {
      log(`SKIPPED ${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return found;
}

process.exitCode = await main();
