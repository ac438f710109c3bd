// main.ts — `npm run bench -- slice`: Winnow and other engines on the same flights, in one interleaved run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openChdb } from './engines/chdb.js';
import { openDuckdb } from './engines/duckdb.js';
import { openSqlite } from './engines/sqlite.js';
import { openWinnow } from './engines/winnow.js';
import { reportJsonLines, reportText } from './report.js';
import { runSlice } from './slice.js';
const MIN_ROUNDS = 5;
const MIN_ROWS = 20_000;
const peers = { 'better-sqlite3': openSqlite, duckdb: openDuckdb, chdb: openChdb };
const usage = `Usage: npm run bench -- slice [--rows 500000] [--rounds 5] [--json]

Measures load, point get, reads through both indexes, a range of 1,000 and durable puts with 1 and 64 writers.
--json prints one JSON object per operation and engine on stdout; the report then goes to stderr.
`;
const log = (text) => void process.stderr.write(`${text}\n`);
async function main() {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: { rows: { type: 'string' }, rounds: { type: 'string' }, json: { type: 'boolean' } },
    });
    const rows = Number(values.rows ?? 500_000);
    const rounds = Number(values.rounds ?? MIN_ROUNDS);
    if (positionals.join() !== 'slice' || !(rows >= MIN_ROWS) || !(rounds >= MIN_ROUNDS)) {
        log(`${usage}At least ${MIN_ROWS} rows and ${MIN_ROUNDS} rounds.`);
        return 2;
    }
    const result = await runSlice([openWinnow, ...(await loadablePeers())], { rows, rounds, log });
    (values.json ? process.stderr : process.stdout).write(reportText(result));
    if (values.json)
        process.stdout.write(reportJsonLines(result));
    return 0;
}
/** The peers whose packages can be loaded; the others are named and left out. */
async function loadablePeers() {
    const loadable = [];
    for (const [name, openEngine] of Object.entries(peers)) {
        const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-try-'));
        try {
            await (await openEngine(folder)).close();
            loadable.push(openEngine);
        }
        catch (error) {
            log(`SKIPPED ${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
        }
        finally {
            await rm(folder, { recursive: true, force: true });
        }
    }
    return loadable;
}
process.exitCode = await main();
