// measure.ts — interleaved measuring: within each round every engine takes its turn, so that whatever the machine does
// meanwhile meets all of them. A round's figure is the median or the mean of its calls, the result the rounds' median.

import type { Engine } from './engine.ts';
import type { Operation } from './operations.ts';

export type Measured = {
  readonly operation: string;
  readonly engine: string;
  /** Microseconds per call, of each round. */
  readonly rounds: readonly number[];
  readonly medianUs: number;
  readonly calls: number;
};

const ROUND_MS = 300;
const MIN_CALLS = 3;

/** One operation on all engines: a round to warm up, then `roundCount` rounds. */
export async function measure(
  engines: readonly Engine[],
  operation: Operation,
  roundCount: number,
): Promise<Measured[]> {
  const rounds = engines.map((): number[] => []);
  const calls = engines.map(() => 0);
  for (let round = 0; round <= roundCount; round++) {
    for (let turn = 0; turn < engines.length; turn++) {
      const which = (turn + round) % engines.length;
      const { us, count } = await runRound(engines[which]!, operation, calls[which]!);
      calls[which]! += count;
      if (round > 0) rounds[which]!.push(us);
    }
  }
  return engines.map((engine, i) => ({
    operation: operation.name,
    engine: engine.name,
    rounds: rounds[i]!,
    medianUs: median(rounds[i]!),
    calls: calls[i]!,
  }));
}

async function runRound(
  engine: Engine,
  operation: Operation,
  firstCall: number,
): Promise<{ us: number; count: number }> {
  const startMs = performance.now();
  const latencies: number[] = [];
  let call = firstCall;
  const writer = async (): Promise<void> => {
    while (performance.now() - startMs < ROUND_MS || latencies.length < MIN_CALLS) {
      const callMs = performance.now();
      await operation.run(engine, call++);
      latencies.push(performance.now() - callMs);
    }
  };
  await Promise.all(Array.from({ length: operation.writers }, writer));
  const elapsedMs = performance.now() - startMs;
  const count = latencies.length;
  return { us: 1_000 * (operation.figure === 'p50' ? median(latencies) : elapsedMs / count), count };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
