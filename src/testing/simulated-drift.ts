// simulated-drift.ts — no index table differs from its row table, and the background never says so.

import type { Store } from '../engine/store.ts';

/** Compares every live index table with its row table. Throws when one differs, or when the background raised an alarm. */
export async function checkNoDrift(store: Store, yieldTurn: () => Promise<void>): Promise<void> {
  checkNoAlarm(store);
  for (const { id, name } of store.indexTables('default')) {
    if (stateOf(store, id) !== 'live') continue;
    const { sequence, drift, samples } = await store.checks
      .check(id, { breathe: yieldTurn })
      .catch((error: unknown) => {
        if (stateOf(store, id) === 'live') throw error;
        return { sequence: 0, drift: {}, samples: [] };
      });
    if (samples.length > 0)
      throw new Error(`${name} differs at ${sequence}: ${JSON.stringify(drift)} ${samples.join('; ')}`);
  }
}

/** What the background found so far. */
export function checkNoAlarm(store: Store): void {
  if (store.checks.falseAlarms > 0) throw new Error('a sum of entries differs, and the entries do not');
  for (const { id } of store.rowTables('default'))
    for (const { definition, comparison } of store.status(id).indexTables)
      if (comparison && comparison.driftRows > 0)
        throw new Error(
          `the background found ${comparison.driftRows} entries of ${definition.name} that differ`,
        );
}

function stateOf(store: Store, indexId: number): string | undefined {
  const statuses = store.rowTables('default').flatMap(({ id }) => store.status(id).indexTables);
  return statuses.find(({ definition }) => definition.id === indexId)?.state;
}
