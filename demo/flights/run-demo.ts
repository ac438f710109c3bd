import { once } from 'node:events';
import { announceUrl, open } from '../../src/engine/open.ts';
import { startServer } from '../../src/server/server.ts';
import { begin } from './begin.ts';
import { readLiveTraffic } from './live-traffic.ts';
import { loadFlights, replayLiveTraffic } from './load.ts';
import type { Options } from './options.ts';
import { count } from './progress.ts';
import { printTour } from './tour.ts';

/** Pause between two minutes of live traffic: three days take about a minute. */
const LIVE_PACE_MS = 14;

export type DemoContext = {
  /** Aborted when the user asks to stop. */
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
};

/** Loads what is missing, shows what to try, replays live traffic and serves until stopped; the server is up throughout. */
export async function runDemo(options: Options, { signal, log }: DemoContext): Promise<void> {
  const startMs = performance.now();
  const folder = options.data ?? 'data';
  await using database = await open(folder);
  const server = await startServer(database, { port: options.port });
  try {
    await announceUrl(database, server.url);
    let { file, position } = await begin(database, options, log);
    const openedMs = Math.round(performance.now() - startMs);
    log(
      `Store ${folder} opened in ${openedMs} ms, served at ${server.url}, seed of the live traffic ${position.seed}`,
    );
    const context = { database, signal, stream: process.stderr };
    const traffic = position.complete ? undefined : await readLiveTraffic(file, position.seed);
    if (traffic) position = await loadFlights(context, file, position, traffic.firstFlight);
    if (signal.aborted) return;
    const { sourceRows } = position;
    await printTour(database, {
      url: server.url,
      flightCount: sourceRows,
      write: (text) => process.stdout.write(text),
    });
    if (traffic) {
      log('\nThe last days follow as live traffic, in about a minute: ask again while they do.');
      position = await replayLiveTraffic(context, traffic, position, LIVE_PACE_MS);
    }
    if (signal.aborted) return;
    log(
      `\n${count(sourceRows)} flights and all their changes are in ${folder}, served at ${server.url}. Ctrl-C stops.`,
    );
    await once(signal, 'abort');
  } finally {
    log('Finishing what runs …');
    await server.close();
  }
}
