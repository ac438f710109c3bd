import process from 'node:process';
import { announceUrl, open } from '../engine/open.ts';
import { startServer } from '../server/server.ts';
import { stderrColors } from './report.ts';
import { wholeNumber } from './whole-number.ts';

type ServeOptions = {
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly maxBodyBytes: string;
  readonly readonly: boolean;
};

/** Serves a store until it is interrupted; a second interrupt does not wait. */
export async function serve(options: ServeOptions): Promise<void> {
  const port = wholeNumber('--port', options.port, 65_535);
  const maxBodyBytes = wholeNumber('--max-body-bytes', options.maxBodyBytes, Number.MAX_SAFE_INTEGER);
  await using database = await open(options.data);
  const server = await startServer(database, {
    host: options.host,
    port,
    allowedHosts: options.allowHost,
    allowedOrigins: options.allowOrigin,
    maxBodyBytes,
    readonly: options.readonly,
  });
  await announceUrl(database, server.url);
  const { bold, dim } = stderrColors();
  process.stderr.write(
    `${options.data} is served at ${bold(server.url)}\n${dim(`Try: curl '${server.url}/?query=SELECT+1'`)}\n`,
  );
  await interrupted();
  process.stderr.write('Finishing what runs …\n');
  await server.close();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const onSignal = (): void => {
      count++;
      if (count > 1) process.exit(130);
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
