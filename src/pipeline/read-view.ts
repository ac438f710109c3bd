// read-view.ts — one read point over rows and index tables.
//
// Keeps true: everything is read from one snapshot of the store and from the tails as they were when the point was
// taken, so every answer is exact at `sequence`, whatever lanes and writers do meanwhile. The snapshot and the
// tails are taken in the same turn, and the registry keeps lanes from dropping what the snapshot may lack.
// A transaction reads through many views of one point, each with what it had written by then laid over (own-writes.ts).

import type { IndexTableMoment, ReadView } from '../catalog/access.ts';
import type { Sequence } from '../log/change.ts';
import { headIn } from '../log/keyspace.ts';
import { rowCountIn } from '../log/table-state.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { blame } from './blame.ts';
import { ColumnarStorage } from './columnar-storage.ts';
import { fetchDetails, lookUpRows } from './hops.ts';
import type { IndexTable } from './index-table.ts';
import type { OwnWrites } from './own-writes.ts';
import {
  indexMoment,
  ownEntriesFit,
  partsOf,
  scanEntries,
  scanRows,
  type IndexTableAtPoint,
  type Moment,
  type ReadViewServices,
  type View,
} from './view-scans.ts';

/** A read point that is held: a transaction's snapshot. It is given back when it and its last view are released. */
export interface ReadPoint {
  readonly sequence: Sequence;
  /** True while a view of it is open. */
  readonly inUse: boolean;
  /** The row at a stored key. */
  image(storedKey: Buffer): Uint8Array | undefined;
  rowCount(table: RowTableDefinition): number;
  /** As ReadView.moment, with these writes laid over. */
  moment(indexTableId: number, own: OwnWrites): IndexTableMoment | undefined;
  /** `own`: what it has taken by now is laid over. */
  view(own: OwnWrites | undefined): ReadView;
  release(): void;
}

export function openReadView(services: ReadViewServices): ReadView {
  const point = openReadPoint(services);
  const view = point.view(undefined);
  point.release();
  return view;
}

export function openReadPoint(services: ReadViewServices): ReadPoint {
  const { views } = services.pipeline;
  const id = views.open();
  const moment = momentOf(services);
  const { snapshot, sequence, pinned } = moment;
  let holders = 0;
  const hold = (): (() => void) => {
    let held = true;
    holders++;
    return () => {
      if (!held) return;
      held = false;
      if (--holders > 0) return;
      snapshot.release();
      for (const parts of pinned.values()) parts.release();
      views.close(id);
    };
  };
  const release = hold();
  return {
    sequence,
    get inUse() {
      return holders > 1;
    },
    image: (storedKey) => snapshot.get(storedKey),
    rowCount: (table) => rowCountIn(snapshot, table.id, table.sharding.shardCount),
    moment: (indexTableId, own) => indexMoment(moment, own, indexTableId),
    view: (own) => viewOf(moment, own, hold()),
    release,
  };
}

function momentOf(services: ReadViewServices): Moment {
  const { kv, clock, committer, pipeline } = services;
  const snapshot = kv.snapshot();
  const nowMs = clock.nowMs();
  return {
    services,
    snapshot,
    sequence: committer.writeInFlight ? headIn(snapshot) : committer.head,
    indexTables: new Map(pipeline.indexTables().map((index) => [index.definition.id, stateOf(index, nowMs)])),
    damaged: new Set(),
    pinned: new Map(),
  };
}

function stateOf(index: IndexTable, nowMs: number): IndexTableAtPoint {
  const { storage, tails } = index;
  const states = storage instanceof ColumnarStorage ? storage.shards.map((shard) => shard.state) : [];
  return { ...index.moment(nowMs), index, generation: storage.sums.generation, tails, states };
}

function viewOf(moment: Moment, own: OwnWrites | undefined, release: () => void): ReadView {
  const view: View = {
    ...moment,
    own: own && { writes: own, upTo: own.sequence },
    counters: {
      shardsRead: 0,
      entriesRead: 0,
      bytesRead: 0,
      tailRowsOverlaid: 0,
      rowsLookedUp: 0,
      detailsFetched: 0,
      lookupShards: new Set(),
    },
  };
  return {
    sequence: view.sequence,
    counters: view.counters,
    moment: (indexTableId) => indexMoment(view, own, indexTableId),
    canRead: (indexTableId) => ownEntriesFit(view, indexTableId),
    scan: (request) =>
      request.path.kind === 'rowTable'
        ? scanRows(view, request, request.path)
        : scanEntries(view, request, request.path),
    parts: async (request) => partsOf(view, request),
    lookup: (table, keys, columns) => lookUpRows(view, table, keys, columns),
    details: (request) => fetchDetails(view, request),
    blame: (path, error) => blame(view, path, error),
    release,
  };
}
