// node-ports.ts — the ports on a real machine.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { assert } from '../base/assert.ts';
import { createNodeFiles } from './node-files.ts';
import { nodeThreads } from './node-threads.ts';
import type { Ports } from './ports.ts';

/** Longer delays make Node's timers fire at once. */
const maxDelayMs = 2 ** 31 - 1;

export const nodePorts: Ports = {
  clock: {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
  },
  timers: {
    async sleep(delayMs, signal) {
      assert(delayMs <= maxDelayMs, 'a delay is at most 24 days');
      try {
        await sleepFor(delayMs, undefined, signal && { signal });
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
    },
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  },
  random: {
    uint32: () => randomBytes(4).readUInt32LE(),
    bytes: (count) => randomBytes(count),
  },
  files: createNodeFiles(),
  threads: nodeThreads,
};
