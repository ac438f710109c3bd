// alter-parts.ts — ALTER TABLE … ATTACH and DETACH: parts move between a MergeTree table and its folder detached/.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { type FoundPart, partsIn, requireWholePart } from '../parts/found-parts.ts';
import type { PartName } from '../parts/part-name.ts';
import type { Part } from '../parts/part.ts';
import { breathe, type StatementContext, type StatementOf } from './context.ts';
import { findPartsPath } from './optimize.ts';
import { partFilter } from './partition-name.ts';

type AlterParts = StatementOf<'alterParts'>;

/** How often is looked whether somebody still reads a part. */
const DETACH_INTERVAL_MS = 2;

/**
 * ATTACH takes whole, sorted parts, all or none; they get fresh block numbers. DETACH waits for those who read the parts.
 * Errors: UNKNOWN_TABLE, NOT_IMPLEMENTED of another table, BAD_DATA_PART_NAME, NO_SUCH_DATA_PART, what is wrong with a part.
 */
export async function alterParts(statement: AlterParts, context: StatementContext): Promise<void> {
  const { action } = statement;
  const path = findPartsPath(statement.table, `ALTER TABLE … ${action}`, context);
  if (path.kind === 'indexTable')
    throw notImplemented(`ALTER TABLE … ${action} of an index table`, statement.table.position);
  const isNamed = partFilter(statement, path, path, context);
  const { store, ports } = context.engine;
  const table = store.mergeTree(path.id);
  const { folder } = table;
  if (action === 'DETACH')
    return table.detach(
      () => required(folder.parts, isNamed, statement, 'NO_SUCH_DATA_PART'),
      async () => {
        await ports.timers.sleep(DETACH_INTERVAL_MS);
        await breathe(context);
      },
    );
  return table.attach(async () => {
    const found = await partsIn(ports.files, folder.detached);
    const chosen = required(found, isNamed, statement, 'BAD_DATA_PART_NAME');
    for (const part of chosen)
      await requireWholePart(ports.files, part, folder.schema, () => breathe(context));
    return chosen;
  });
}

/** A partition may have no parts; a part that is named must be there. */
function required<T extends Part | FoundPart>(
  parts: readonly T[],
  isNamed: (name: PartName) => boolean,
  { action, part, position }: AlterParts,
  code: 'NO_SUCH_DATA_PART' | 'BAD_DATA_PART_NAME',
): readonly T[] {
  const chosen = parts.filter(({ name }) => isNamed(name));
  if (part === undefined || chosen.length > 0) return chosen;
  const where = action === 'ATTACH' ? 'among the detached ones' : 'in use';
  throw new WinnowError(code, `there is no part ${part} ${where}`, { position });
}
