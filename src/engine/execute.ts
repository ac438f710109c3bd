// execute.ts — one statement from text to answer: settings, permission, dispatch, counting.

import { WinnowError } from '../base/errors.ts';
import { isOutputFormat, outputFormatNames, unknownFormat } from '../formats/output.ts';
import { parseStatement } from '../sql/parser.ts';
import { checkIndexTable, repairIndexTable } from './check-index-table.ts';
import { alterIndexTable } from './alter-index-table.ts';
import { alterParts } from './alter-parts.ts';
import { addSkipIndex, alterSkipIndex } from './alter-skip-index.ts';
import { collectRows } from './answers.ts';
import { checkTable } from './check-table.ts';
import { noAnswer } from './context.ts';
import { createIndexTable } from './create-index-table.ts';
import { createTable } from './create-table.ts';
import {
  createDatabase,
  dropDatabase,
  dropTable,
  rebuildIndexTable,
  rewindLanes,
  systemLanes,
  truncateTable,
} from './ddl.ts';
import { deleteRows } from './delete.ts';
import { explain } from './explain.ts';
import { seenPosition } from './freshness.ts';
import { insert } from './insert.ts';
import { countError, countStatement } from './metrics.ts';
import { checkDatabase } from './names.ts';
import { optimize } from './optimize.ts';
import { select } from './select.ts';
import { kindOf } from './statement-kind.ts';
import { checkReadonly, sessionAfterSet, settingsClause, withClause } from './session.ts';
import { withSettings } from './settings.ts';
import { describe, exists, showCreate, showDatabases, showSettings, showTables } from './show.ts';
import { begin, checkInTransaction, commit, rollback } from './transaction-statements.ts';
import { showIndex } from './show-index.ts';
import { update } from './update.ts';
import type { PathKind } from '../plan/plan.ts';
import type { Statement } from '../sql/ast.ts';
import type { Block } from '../types/column.ts';
import type { ExecuteOptions, QueryResult, QuerySummary, SessionState } from './api.ts';
import type { Answer, Engine, StatementContext } from './context.ts';
import type { StatementKind } from './metrics.ts';
import type { Settings } from './settings.ts';

/** Writes are durable when it resolves; the rows of an answer are computed as they are read. */
export async function runStatement(
  engine: Engine,
  sql: string,
  options: ExecuteOptions,
): Promise<QueryResult> {
  const startMs = engine.ports.clock.monotonicMs();
  try {
    const statement = parse(engine, sql, options);
    const context = statementContext(engine, sql, statement, options);
    if (context.readonly) checkReadonly(statement);
    checkInTransaction(statement, context);
    const format = formatOf(statement, context.settings);
    checkFormat(format);
    const snapshot = context.transaction?.current?.snapshot;
    const answer = await dispatch(statement, context);
    const finish = (): void => {
      const labels = { kind: kindOf(statement), accessPath: answer.accessPath?.() ?? 'none' } as const;
      finishStatement(engine, labels, context.summary, startMs);
    };
    if (answer.columns.length === 0) finish();
    const { columns } = answer;
    const blocks = columns.length === 0 ? answer.blocks : counted(answer.blocks, context, finish);
    return {
      columns,
      blocks,
      rows: () => collectRows(columns, blocks),
      summary: context.summary,
      freshness: answer.freshness ?? (() => undefined),
      position: () => answer.position?.() ?? context.commit.sequence ?? snapshot ?? engine.store.head,
      format,
      settings: context.settings,
      session: answer.session ?? context.session,
    };
  } catch (error) {
    if (error instanceof WinnowError) countError(engine.metrics, error.number);
    throw error;
  }
}

function parse(engine: Engine, sql: string, options: ExecuteOptions): Statement {
  const { max_query_size: limit } = withSettings(engine.settings, options.settings ?? {}, 'query');
  // Data after INSERT … FORMAT is not part of the statement.
  if (sql.length > limit && !/^\s*insert\s[^]*?\sformat\s/i.test(sql.slice(0, Math.min(limit, 65_536)))) {
    throw new WinnowError(
      'QUERY_IS_TOO_LARGE',
      `the statement has ${sql.length} characters; max_query_size is ${limit}`,
      {
        hint: 'Send rows as data: INSERT … FORMAT.',
      },
    );
  }
  return parseStatement(sql);
}

function statementContext(
  engine: Engine,
  sql: string,
  statement: Statement,
  options: ExecuteOptions,
): StatementContext {
  const { clock } = engine.ports;
  const { database = 'default', settings: inputs = {}, transaction } = options;
  const session: SessionState = { database, settings: inputs, transaction };
  const settings = withClause(
    withSettings(engine.settings, session.settings, 'query'),
    settingsClause(statement),
  );
  const limitMs = settings.max_execution_time * 1000;
  return {
    engine,
    sql,
    database: session.database,
    settings,
    session,
    seen: seenPosition(settings, options.position, engine.store.newestSequence),
    commit: { sequence: undefined },
    transaction,
    rows: transaction?.current ?? engine.store.rows,
    readonly: (options.readonly ?? false) || settings.readonly > 0,
    parameters: options.parameters ?? {},
    data: options.data,
    signal: options.signal,
    summary: { readRows: 0, readBytes: 0, resultRows: 0, writtenRows: 0, writtenBytes: 0, elapsedMs: 0 },
    nowMs: clock.nowMs(),
    deadlineMs: limitMs > 0 ? clock.monotonicMs() + limitMs : undefined,
  };
}

async function dispatch(statement: Statement, context: StatementContext): Promise<Answer> {
  switch (statement.kind) {
    case 'select':
      return select(statement, context);
    case 'explain':
      return explain(statement, context);
    case 'showDatabases':
      return showDatabases(context);
    case 'showTables':
      return showTables(statement, context);
    case 'showCreate':
      return showCreate(statement, context);
    case 'showIndex':
      return showIndex(statement, context);
    case 'showSettings':
      return showSettings(statement, context);
    case 'describe':
      return describe(statement, context);
    case 'exists':
      return exists(statement, context);
    case 'checkTable':
      return checkTable(statement, context);
    case 'checkIndexTable':
      return checkIndexTable(statement, context);
    case 'repairIndexTable':
      return repairIndexTable(statement, context);
    case 'begin':
      begin(statement, context);
      return noAnswer;
    case 'commit':
      await commit(statement, context);
      return noAnswer;
    case 'rollback':
      rollback(statement, context);
      return noAnswer;
    case 'use':
      checkDatabase(context.engine.store, statement.database, statement.position);
      return { ...noAnswer, session: { ...context.session, database: statement.database } };
    case 'set':
      return { ...noAnswer, session: sessionAfterSet(context.session, statement.settings, context.settings) };
    default:
      await change(statement, context);
      return noAnswer;
  }
}

type Answering =
  | 'select'
  | 'explain'
  | 'describe'
  | 'exists'
  | 'checkTable'
  | 'checkIndexTable'
  | 'repairIndexTable'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'use'
  | 'set'
  | 'showDatabases'
  | 'showTables'
  | 'showCreate'
  | 'showIndex'
  | 'showSettings';

/** Statements that change data or definitions, and have no answer. */
async function change(
  statement: Exclude<Statement, { kind: Answering }>,
  context: StatementContext,
): Promise<void> {
  switch (statement.kind) {
    case 'insert':
      return insert(statement, context);
    case 'update':
      return update(statement, context);
    case 'delete':
      return deleteRows(statement, context);
    case 'createDatabase':
      return createDatabase(statement, context);
    case 'dropDatabase':
      return dropDatabase(statement, context);
    case 'createTable':
      return createTable(statement, context);
    case 'createIndexTable':
      return createIndexTable(statement, context);
    case 'dropTable':
      return dropTable(statement, context);
    case 'truncate':
      return truncateTable(statement, context);
    case 'optimize':
      return optimize(statement, context);
    case 'alterParts':
      return alterParts(statement, context);
    case 'addSkipIndex':
      return addSkipIndex(statement, context);
    case 'alterSkipIndex':
      return alterSkipIndex(statement, context);
    case 'systemLanes':
      return systemLanes(statement, context);
    case 'alterIndexTable':
      return alterIndexTable(statement, context);
    case 'rewindLanes':
      return rewindLanes(statement, context);
    case 'rebuildIndexTable':
      return rebuildIndexTable(statement, context);
  }
}

/** The blocks, counted; the statement ends with them, early or not. */
async function* counted(
  blocks: AsyncIterable<Block>,
  context: StatementContext,
  finish: () => void,
): AsyncGenerator<Block> {
  try {
    for await (const block of blocks) {
      context.summary.resultRows += block.rowCount;
      yield block;
    }
  } catch (error) {
    if (error instanceof WinnowError) countError(context.engine.metrics, error.number);
    throw error;
  } finally {
    finish();
  }
}

function finishStatement(
  { metrics, ports }: Engine,
  { kind, accessPath }: { readonly kind: StatementKind; readonly accessPath: PathKind | 'none' },
  summary: QuerySummary,
  startMs: number,
): void {
  summary.elapsedMs = ports.clock.monotonicMs() - startMs;
  metrics.rowWrites += summary.writtenRows;
  metrics.rowsRead += summary.readRows;
  metrics.rowsReturned += summary.resultRows;
  countStatement(metrics, kind, accessPath, summary.elapsedMs);
}

/** Refused before anything runs. Errors: UNKNOWN_FORMAT. */
function checkFormat(format: string | undefined): void {
  if (format !== undefined && !isOutputFormat(format))
    throw unknownFormat(format, 'output', outputFormatNames);
}

/** The format a statement with an answer names, or default_format does. */
function formatOf(statement: Statement, settings: Settings): string | undefined {
  if (!('format' in statement)) return undefined;
  return statement.format ?? (settings.default_format === '' ? undefined : settings.default_format);
}
