// alter-index-table.ts — ALTER INDEX TABLE: the statement that would make the index table now, with clauses exchanged.

import { isDeepStrictEqual } from 'node:util';
import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { AlterIndexAction, CreateIndexTable, Setting } from '../sql/ast.ts';
import { parseStatement } from '../sql/parser.ts';
import type { StatementContext, StatementOf } from './context.ts';
import { indexTableDefinition } from './create-index-table.ts';
import { findIndexTable, namesOf } from './names.ts';
import { createIndexTableSql } from './show-create.ts';

/**
 * The number of lanes changes in place. Anything else builds an index table beside the old one, which answers until the new
 * one is live and takes its place. Errors: whatever is wrong with the new definition; UNKNOWN_TABLE when the index table was
 * altered or dropped meanwhile.
 */
export async function alterIndexTable(
  statement: StatementOf<'alterIndexTable'>,
  context: StatementContext,
): Promise<void> {
  const { store } = context.engine;
  const old = findIndexTable(namesOf(context), statement.indexTable);
  const table = store.rowTable(old.rowTableId).definition;
  const current = parseStatement(createIndexTableSql(old, table));
  const { position } = statement;
  const altered = statement.actions.reduce(withAction, { ...(current as CreateIndexTable), position });
  const next = indexTableDefinition(altered, table, {
    database: old.database,
    uuid: store.definitions.newUuid(),
    pipelines: store.pipelines,
  });
  if (!isDeepStrictEqual(shapeOf(next), shapeOf(old))) await store.definitions.replaceIndexTable(old, next);
  else if (next.laneCount !== old.laneCount) await store.definitions.setLaneCount(old, next.laneCount);
}

/** What entries depend on, as it is stored. */
function shapeOf({ laneCount: _lanes, parts, ...rest }: Omit<IndexTableDefinition, 'id' | 'kind'>): unknown {
  const { id: _id, kind: _kind, ...shape } = rest as Partial<IndexTableDefinition>;
  const computed = shape.computed ?? [];
  return JSON.parse(JSON.stringify({ ...shape, computed, parts: parts && { ...parts, uuid: '' } }));
}

function withAction(current: CreateIndexTable, action: AlterIndexAction): CreateIndexTable {
  switch (action.kind) {
    case 'layout':
      return withLayout(current, action);
    case 'shards':
      return withShards(current, action);
    case 'settings':
      return { ...current, settings: withSettings(current.settings, action.settings) };
  }
}

/** The key stays unless ORDER BY names another one; of a columnar index table, PARTITION BY stays as well. */
function withLayout(
  current: CreateIndexTable,
  { layout, partitionBy, orderBy }: Extract<AlterIndexAction, { kind: 'layout' }>,
): CreateIndexTable {
  const key = current.layout.kind === 'COLUMNAR' ? current.orderBy : current.columns;
  if (layout.kind === 'COLUMNAR')
    return {
      ...current,
      layout,
      columns: [],
      orderBy: orderBy.length > 0 ? orderBy : key,
      partitionBy: partitionBy ?? current.partitionBy,
    };
  const settings = current.settings.filter(({ name }) => name !== 'index_granularity');
  return { ...current, layout, columns: key, orderBy, partitionBy, indexes: [], settings };
}

/** Errors: BAD_ARGUMENTS of one that is not sharded. */
function withShards(
  current: CreateIndexTable,
  { position, shardCount }: Extract<AlterIndexAction, { kind: 'shards' }>,
): CreateIndexTable {
  if (current.unsharded) {
    throw new WinnowError('BAD_ARGUMENTS', 'the index table is UNSHARDED: no column picks a shard', {
      position,
      hint: 'Create another one with SHARD BY.',
    });
  }
  const shardBy = must(current.shardBy, 'an index table that is not UNSHARDED is sharded by something');
  return { ...current, shardBy: { ...shardBy, position, shardCount } };
}

function withSettings(before: readonly Setting[], changed: readonly Setting[]): Setting[] {
  const names = new Set(changed.map(({ name }) => name));
  return [...before.filter(({ name }) => !names.has(name)), ...changed];
}
