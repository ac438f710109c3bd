import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from '../../src/index.ts';
import { begin } from './begin.ts';
import { checkPaths } from './check.ts';
import { readLiveTraffic } from './live-traffic.ts';
import { loadFlights, replayLiveTraffic } from './load.ts';
import type { Options } from './options.ts';
import type { DemoContext } from './run-demo.ts';

/** Loads and replays without pauses, compares all access paths and prints one JSON line. Answers whether all agree. */
export async function runCheck(options: Options, context: DemoContext): Promise<boolean> {
  if (options.data !== undefined) return checkIn(options.data, options, context);
  const folder = await mkdtemp(join(tmpdir(), 'winnow-check-'));
  try {
    return await checkIn(folder, options, context);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkIn(folder: string, options: Options, { signal, log }: DemoContext): Promise<boolean> {
  const startMs = performance.now();
  const secondsSince = (ms: number): number => Math.round(performance.now() - ms) / 1_000;
  // The check reads what is on disk: nothing else may find damage first, and mend it.
  await using database = await open(folder, { settings: { index_check_interval_ms: 0 } });
  const { file, position } = await begin(database, options, log);
  const traffic = await readLiveTraffic(file, position.seed);
  const context = { database, signal, stream: process.stderr };
  const loadStartMs = performance.now();
  const loaded = await loadFlights(context, file, position, traffic.firstFlight);
  const loadSeconds = secondsSince(loadStartMs);
  const replayStartMs = performance.now();
  await replayLiveTraffic(context, traffic, loaded, 0);
  await database.drain();
  const replaySeconds = secondsSince(replayStartMs);
  if (signal.aborted) return false;
  log('comparing every access path with ClickHouse');
  const report = await checkPaths(database, file, traffic);
  const line = {
    ...report,
    seed: position.seed,
    changes: traffic.batches.reduce((total, batch) => total + batch.changes.length, 0),
    loadedRows: loaded.nextFlight - position.nextFlight,
    loadSeconds,
    loadRowsPerSecond: Math.round((loaded.nextFlight - position.nextFlight) / loadSeconds),
    replaySeconds,
    seconds: secondsSince(startMs),
    maxRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return report.ok;
}
