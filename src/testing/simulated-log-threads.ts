// simulated-log-threads.ts — log threads as tasks: they write beside the owner, may be busy, and may die with work done.

import type { Random } from '../base/random.ts';
import { runLogJob, type LogJob, type LogJobResult, type LogThreads } from '../pipeline/log-job.ts';
import type { SimulatedKv } from './simulated-kv.ts';

const MAX_AFTER_CHANGES = 20;
const MAX_PIECE_CHANGES = 60;
const MAX_BATCH_CHANGES = 10;

export function simulatedLogThreads(kv: SimulatedKv, random: Random): LogThreads {
  const committer: Parameters<typeof runLogJob>[0]['committer'] = {
    async apply(fill) {
      const batch = kv.batch();
      fill(batch);
      await kv.writeBeside(batch);
    },
  };
  const piece = async (job: LogJob): Promise<LogJobResult> => {
    const batchChanges = 1 + random.int(MAX_BATCH_CHANGES);
    const dies = random.chance(0.2);
    const result = await runLogJob({ kv, committer }, { ...job, batchChanges });
    if (dies) throw new Error('the thread died before it could answer');
    return result;
  };
  return {
    afterChanges: 1 + random.int(MAX_AFTER_CHANGES),
    pieceChanges: 1 + random.int(MAX_PIECE_CHANGES),
    run: (job) => (random.chance(0.2) ? undefined : piece(job)),
  };
}
