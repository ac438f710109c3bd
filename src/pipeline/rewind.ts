// rewind.ts — takes an index table back to an earlier position, from which the log is applied to it once more.
//
// Keeps true: positions go back in one commit, and never to where the log no longer reaches: a trim looks at the positions
// in its own commit. Entries stay; operations up to the old positions find them, and the result is the same.

import { WinnowError } from '../base/errors.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import type { IndexTable } from './index-table.ts';
import { writePositions, writeReplayedTo } from './positions.ts';

/**
 * `to` undefined: the oldest position that is possible. Nothing may be on its way to the entries. Resolves when the
 * positions are durable. Errors: INDEX_NOT_USABLE while it is built, ARGUMENT_OUT_OF_BOUND.
 */
export async function rewind(
  index: IndexTable,
  committer: Committer,
  to: Sequence | undefined,
): Promise<void> {
  await committer.apply((batch) => {
    const { id, rowTableId } = index.definition;
    const target = targetOf(index, committer.tableState(rowTableId).trimmedTo, to);
    index.fallBehind();
    // Entries that the log has yet to reach are newer than those it has.
    index.noteAppliedThrough(undefined);
    index.replayedTo = Math.max(index.replayedTo, index.maxApplied);
    index.applied = index.applied.map((position) => Math.min(position, target));
    index.storage.rewind(index.applied, index.replayedTo);
    writePositions(batch, id, index.applied);
    writeReplayedTo(batch, id, index.replayedTo);
  });
}

function targetOf(index: IndexTable, oldest: Sequence, to: Sequence = oldest): Sequence {
  const { database, name } = index.definition;
  if (index.state !== 'live' && index.state !== 'behind')
    throw new WinnowError('INDEX_NOT_USABLE', `index table ${database}.${name} is ${index.state}`, {
      hint: 'Its build takes it to the newest position.',
    });
  if (to >= oldest && to <= index.maxApplied) return to;
  throw new WinnowError(
    'ARGUMENT_OUT_OF_BOUND',
    `index table ${database}.${name} can be rewound to ${oldest} up to ${index.maxApplied}, not to ${to}`,
    to < oldest ? { hint: 'The log before that is gone; REBUILD INDEX TABLE builds it from the rows.' } : {},
  );
}
