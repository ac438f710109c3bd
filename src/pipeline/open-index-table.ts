// open-index-table.ts — an index table from its definition and what is stored of it.
//
// Keeps true: nothing is used that is not right as it is stored. Damaged parts and a trimmed log make an index table
// `invalid`, a filter that is not there blocks it, and a log that does not fit into the tail leaves it `behind`.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Sequence } from '../log/change.ts';
import { readLog } from '../log/row-log.ts';
import { ChangedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { RowTable } from '../rows/row-table.ts';
import { ColumnarStorage, type ColumnarServices } from './columnar-storage.ts';
import { EntryLayout } from './entry-layout.ts';
import { EntryStorage } from './entry-storage.ts';
import type { IndexStorage } from './index-storage.ts';
import { IndexTable } from './index-table.ts';
import type { PipelineServices } from './pipeline.ts';
import { readBuiltTo, readPositions, readReplayedTo } from './positions.ts';
import type { TailBound } from './tail-bound.ts';
import { filterOf, type Pipelines } from './using.ts';

export type OpenServices = PipelineServices & {
  readonly bound: TailBound;
  readonly afterOpenViews: ColumnarServices['afterOpenViews'];
  /** A merge met damaged bytes of an index table as it is built now. */
  readonly onDamage: (indexId: number, error: WinnowError) => void;
};

/** A stored index table, with the log above its positions in its tail when that fits. */
export async function openIndexTable(
  definition: IndexTableDefinition,
  table: RowTable,
  services: OpenServices,
): Promise<IndexTable> {
  const { kv, committer, pipelines } = services;
  const positions = readPositions(kv, definition.id, definition.sharding.shardCount);
  const builtTo = readBuiltTo(kv, definition.id);
  const { trimmedTo } = committer.tableState(table.definition.id);
  const applied = positions ?? new Array<Sequence>(definition.sharding.shardCount).fill(0);
  const { layout, blocked } = layoutOf(definition, table.definition, pipelines);
  const { storage, isWhole } = await openStorage(layout, table, applied, services);
  const index = new IndexTable(definition, layout, storage, 'invalid', applied);
  index.replayedTo = readReplayedTo(kv, definition.id);
  const valid = isWhole && positions !== undefined && Math.min(...positions) >= trimmedTo;
  if (blocked) index.block(blocked);
  else if (valid && builtTo && storage.resumesBuilds) {
    index.state = 'building';
    index.builtTo = builtTo;
  } else if (valid && !builtTo) {
    index.state = (await fillTail(index, table, services)) ? 'live' : 'behind';
  }
  return index;
}

/** `applied`: complete up to there (an empty row table), undefined: it is to be built. */
export function newIndexTable(
  definition: IndexTableDefinition,
  table: RowTable,
  applied: Sequence | undefined,
  services: OpenServices,
): IndexTable {
  const positions = new Array<Sequence>(definition.sharding.shardCount).fill(applied ?? 0);
  const { layout, blocked } = layoutOf(definition, table.definition, services.pipelines);
  const storage = newStorage(layout, table, applied ?? 0, services);
  const index = new IndexTable(definition, layout, storage, 'invalid', positions);
  if (applied !== undefined) index.state = 'live';
  if (blocked) index.block(blocked);
  else if (applied !== undefined) index.startCollecting(applied);
  return index;
}

/** `blocked`: why entries cannot be made. */
function layoutOf(
  definition: IndexTableDefinition,
  table: RowTableDefinition,
  pipelines: Pipelines,
): { readonly layout: EntryLayout; readonly blocked: WinnowError | undefined } {
  try {
    const layout = new EntryLayout(definition, table, filterOf(definition, table, pipelines));
    return { layout, blocked: undefined };
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    const refuse = (): never => {
      throw error;
    };
    return { layout: new EntryLayout(definition, table, refuse), blocked: error };
  }
}

function newStorage(
  layout: EntryLayout,
  table: RowTable,
  position: Sequence,
  services: OpenServices,
): IndexStorage {
  const { definition } = layout;
  if (definition.layout !== 'COLUMNAR') return entryStorage(layout, services);
  return ColumnarStorage.create(layout, table.definition, columnarServices(definition, services), position);
}

/** `isWhole` false: what is on disk is damaged, and has to be built again. */
async function openStorage(
  layout: EntryLayout,
  table: RowTable,
  positions: readonly Sequence[],
  services: OpenServices,
): Promise<{ storage: IndexStorage; isWhole: boolean }> {
  const { definition } = layout;
  if (definition.layout !== 'COLUMNAR') return { storage: entryStorage(layout, services), isWhole: true };
  const columnar = columnarServices(definition, services);
  try {
    const storage = await ColumnarStorage.open(layout, table.definition, columnar, positions);
    return { storage, isWhole: true };
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    await services.ports.files.remove(columnar.folder);
    return { storage: newStorage(layout, table, 0, services), isWhole: false };
  }
}

function entryStorage(layout: EntryLayout, { kv, committer, settings }: OpenServices): EntryStorage {
  return new EntryStorage(layout, { kv, committer, batchChanges: settings.laneBatchChanges });
}

function columnarServices({ id, parts }: IndexTableDefinition, services: OpenServices): ColumnarServices {
  const { kv, committer, ports, readers, settings, folderOf, afterOpenViews } = services;
  return {
    kv,
    committer,
    ports,
    readers,
    batchChanges: settings.laneBatchChanges,
    folder: folderOf(must(parts, 'a columnar index table has parts').uuid),
    afterOpenViews,
    onDamage: (error) => services.onDamage(id, error),
  };
}

/** Reads the log above the positions into the tail; false when it does not fit, or when a row has no entry. */
async function fillTail(index: IndexTable, table: RowTable, { kv, bound }: OpenServices): Promise<boolean> {
  const from = index.minApplied;
  index.startCollecting(from);
  const { id, sharding } = table.definition;
  for await (const records of readLog({ reader: kv, tableId: id, shardCount: sharding.shardCount }, from)) {
    for (const record of records)
      index.collect(record.sequence, record.commitMs, new ChangedRows(table.layout, record.changes));
    if (!index.collecting) return false;
    if (!bound.isFull(index)) continue;
    index.stopCollecting();
    return false;
  }
  return true;
}
