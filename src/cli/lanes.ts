// lanes.ts — `winnow lanes`: how far every lane is, once or again and again. Exit code 130 when a watch is interrupted.

import { buffer } from 'node:stream/consumers';
import process from 'node:process';
import { nodePorts } from '../io/node-ports.ts';
import { openTarget } from './open-target.ts';
import type { Target } from './target.ts';
import { wholeNumber } from './whole-number.ts';

type LanesOptions = {
  readonly data: string;
  readonly url?: string;
  readonly watch: boolean;
  readonly interval: string;
};

const query = `
SELECT database || '.' || index_table AS index_table, lane, if(stopped, 'stopped', state) AS state,
       lag_ms, lag_changes, applied_changes, if(stalled, 'yes', '') AS stalled, retries, last_error
FROM system.lanes ORDER BY database, index_table, lane`;

/** In a terminal a watch draws over what it has drawn; elsewhere each interval gives a block of its own. */
export async function lanes(options: LanesOptions): Promise<void> {
  const intervalMs = wholeNumber('--interval', options.interval, 86_400_000);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  // A reader that stops early, such as `head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const target = await openTarget({ ...options, database: 'default' });
  const { signal } = interrupt;
  try {
    for (let before = ''; !signal.aborted;) {
      const block = await blockOf(target, signal);
      process.stdout.write(process.stdout.isTTY ? `${drawOver(before)}${block}` : `${block}\n`);
      if (!options.watch) return;
      before = block;
      await nodePorts.timers.sleep(intervalMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await target.close();
  }
  process.exitCode = 130;
}

async function blockOf(target: Target, signal: AbortSignal): Promise<string> {
  const format = process.stdout.isTTY ? 'PrettyCompact' : 'TabSeparatedWithNames';
  return (await buffer(target.run(query, { format, data: undefined, signal }))).toString();
}

/** Up to where the block before began, and everything below gone; or the whole screen, when that has scrolled away. */
function drawOver(before: string): string {
  const lines = before.split('\n').length - 1;
  if (lines === 0) return '';
  return lines < process.stdout.rows ? `\x1b[${lines}A\x1b[J` : '\x1b[2J\x1b[H';
}
