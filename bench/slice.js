// slice.ts — the benchmark of the whole path: load, point reads, reads through both indexes, ranges, durable puts.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlightsFile } from '../demo/flights/flights-file.js';
import { flightText } from './engine.js';
import { measure, median } from './measure.js';
import { putOperations, readOperations } from './operations.js';
const CHECKED_READS = 100;
/** The slowest engine puts at least this often. */
const CHECKED_PUTS = 3;
/** Loads the flights into every engine and measures. Rejects when two engines answer differently. */
export async function runSlice(openers, options) {
    const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-'));
    const file = await openFlightsFile(options.rows);
    let engines = [];
    try {
        const loads = await measureLoad(openers, file, folder, options);
        ({ engines } = loads);
        return { engines, measured: [...loads.measured, ...(await measureCalls(engines, file, options))] };
    }
    finally {
        for (const engine of engines)
            await engine.close();
        await rm(folder, { recursive: true, force: true });
    }
}
/** Fills new stores, every engine in turn, round after round; those of the last round stay open. */
async function measureLoad(openers, file, folder, { rounds, log }) {
    const figures = openers.map(() => []);
    const kept = [];
    for (let round = 1; round <= rounds; round++) {
        log(`load, round ${round} of ${rounds}`);
        for (const [i, openEngine] of openers.entries()) {
            const storeFolder = join(folder, `${round}-${i}`);
            await mkdir(storeFolder);
            const engine = await openEngine(storeFolder);
            const startMs = performance.now();
            await engine.load(file);
            figures[i].push((1_000 * (performance.now() - startMs)) / file.rowCount);
            if (round === rounds)
                kept.push(engine);
            else
                await engine.close().then(() => rm(storeFolder, { recursive: true }));
        }
    }
    const measured = kept.map(({ name }, i) => ({
        operation: `load of ${file.rowCount.toLocaleString('en-US')} rows, per row`,
        engine: name,
        rounds: figures[i],
        medianUs: median(figures[i]),
        calls: rounds,
    }));
    return { engines: kept, measured };
}
async function measureCalls(engines, file, { rounds, log }) {
    const reads = await readOperations(file);
    const puts = putOperations(file.rowCount);
    log('comparing answers');
    for (const read of reads)
        await compareAnswers(engines, read, CHECKED_READS);
    const measured = [];
    for (const operation of [...reads, ...puts]) {
        log(operation.name);
        measured.push(...(await measure(engines, operation, rounds)));
    }
    for (const put of puts)
        await compareAnswers(engines, put, CHECKED_PUTS);
    return measured;
}
/** Rejects unless all engines give the same rows, in any order, to the first `calls` calls. */
async function compareAnswers(engines, { name, answer }, calls) {
    for (let call = 0; call < calls; call++) {
        const answers = [];
        for (const engine of engines)
            answers.push(answerText(await answer(engine, call)));
        const other = answers.findIndex((text) => text !== answers[0]);
        if (other < 0)
            continue;
        const [first, second] = [engines[0], engines[other]];
        throw new Error(`${name}, call ${call}: ${second.name} answers otherwise than ${first.name}\n` +
            `${first.name}:\n${answers[0]}\n${second.name}:\n${answers[other]}`);
    }
}
const answerText = (rows) => rows.map(flightText).sort().join('\n');
