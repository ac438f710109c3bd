// node-ports.ts — the ports on a real machine.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { assert } from '../base/assert.ts';
import { createNodeFiles } from './node-files.ts';
import { nodeThreads } from './node-threads.ts';
import type { Ports } from './ports.ts';

/** Longer delays make Node's timers fire at once. */
const maxDelayMs = 2 ** 31 - 1;

async function sleep(
  delayMs: number,
  options: { readonly signal?: AbortSignal; readonly ref?: boolean },
): Promise<void> {
  assert(delayMs <= maxDelayMs, 'a delay is at most 24 days');
  try {
    await sleepFor(delayMs, undefined, options);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
  }
}

export const nodePorts: Ports = {
  clock: {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
  },
  timers: {
    sleep: (delayMs, signal) => sleep(delayMs, signal ? { signal } : {}),
    rest: (delayMs, signal) => sleep(delayMs, { signal, ref: false }),
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  },
  random: {
    uint32: () => randomBytes(4).readUInt32LE(),
    bytes: (count) => randomBytes(count),
  },
  files: createNodeFiles(),
  threads: nodeThreads,
};
