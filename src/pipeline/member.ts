// member.ts — an index table with the workers that serve it.

import type { IndexTable } from './index-table.ts';
import type { Lane } from './lane.ts';
import type { Maintenance } from './maintenance.ts';
import type { Reservations } from './reservations.ts';

export type Member = {
  readonly index: IndexTable;
  lanes: readonly Lane[];
  readonly maintenance: Maintenance;
  /** Of a UNIQUE index table. */
  readonly reservations: Reservations | undefined;
};

/** Runs `work` while nothing is applied to the index table. */
export async function atRest<T>(member: Member, work: () => Promise<T>): Promise<T> {
  member.index.pauses++;
  try {
    for (const lane of member.lanes) lane.hurry();
    member.maintenance.hurry();
    await member.maintenance.idle();
    await Promise.all(member.lanes.map((lane) => lane.idle()));
    return await work();
  } finally {
    member.index.pauses--;
    wake(member);
  }
}

export function wake(member: Member): void {
  for (const lane of member.lanes) lane.task.wake();
  member.maintenance.task.wake();
}

export function hurry(member: Member): void {
  for (const lane of member.lanes) lane.hurry();
  member.maintenance.task.wake();
}

export async function stop(member: Member): Promise<void> {
  await Promise.all([...member.lanes.map((lane) => lane.close()), member.maintenance.close()]);
  await member.index.storage.close();
}
