// printer.ts — statements as canonical text: parsing it gives the same tree, printing that the same text.

import type {
  AlterIndexAction,
  CodecCall,
  ColumnDefinition,
  CreateIndexTable,
  CreateTable,
  Expression,
  IndexDeclaration,
  IndexLayout,
  IndexType,
  Insert,
  PartitionName,
  ShardBy,
  Statement,
} from './ast.ts';
import { quoteFunction, quoteIdentifier, quoteString } from './identifiers.ts';
import {
  clause,
  printExpression,
  printExpressions,
  printSelect,
  printSettings,
  printTable,
} from './print-query.ts';

export { printExpression };

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

const optional = (words: string, present: boolean): string => (present ? ` ${words}` : '');

/** The statement's text on one line, without `;`. Data that follows INSERT … FORMAT is not part of it. */
export function printStatement(s: Statement): string {
  switch (s.kind) {
    case 'select':
      return printSelect(s);
    case 'createTable':
      return printCreateTable(s);
    case 'createIndexTable':
      return printCreateIndexTable(s);
    case 'alterIndexTable':
      return `ALTER INDEX TABLE ${printTable(s.indexTable)} ${s.actions.map(printAction).join(', ')}`;
    case 'insert':
      return printInsert(s);
    case 'createDatabase': {
      const engine = clause('ENGINE =', s.engine && quoteIdentifier(s.engine));
      return `CREATE DATABASE${optional('IF NOT EXISTS', s.ifNotExists)} ${quoteIdentifier(s.name)}${engine}`;
    }
    case 'dropDatabase':
      return `DROP DATABASE${optional('IF EXISTS', s.ifExists)} ${quoteIdentifier(s.name)}`;
    case 'dropTable':
      return `DROP${optional('INDEX', s.indexTable)} TABLE${optional('IF EXISTS', s.ifExists)} ${printTable(s.table)}`;
    case 'truncate':
      return `TRUNCATE TABLE${optional('IF EXISTS', s.ifExists)} ${printTable(s.table)}`;
    case 'optimize':
      return `OPTIMIZE TABLE ${printTable(s.table)}${printPartition(s.partition)}${optional('FINAL', s.final)}${clause('SETTINGS', printSettings(s.settings))}`;
    case 'alterParts':
      return `ALTER TABLE ${printTable(s.table)} ${s.action}${printPartition(s.partition)}${printPart(s.part)}`;
    case 'addSkipIndex':
      return printAddIndex(s);
    case 'alterSkipIndex': {
      const partition = s.partition ? ` IN${printPartition(s.partition)}` : '';
      const name = `${optional('IF EXISTS', s.ifExists)} ${quoteIdentifier(s.name)}`;
      return `ALTER TABLE ${printTable(s.table)} ${s.action} INDEX${name}${partition}`;
    }
    case 'update':
      return printUpdate(s);
    case 'delete':
      return `DELETE FROM ${printTable(s.table)}${printCondition(s)}`;
    case 'begin':
      return 'BEGIN TRANSACTION';
    case 'commit':
      return 'COMMIT';
    case 'rollback':
      return 'ROLLBACK';
    case 'use':
      return `USE ${quoteIdentifier(s.database)}`;
    case 'set':
      return `SET ${printSettings(s.settings)}`;
    case 'systemLanes':
      return `SYSTEM ${s.action} LANES${s.indexTable ? ` ${printTable(s.indexTable)}` : ''}`;
    case 'rewindLanes':
      if (s.to === undefined) return `SYSTEM REPLAY LANES ${printTable(s.indexTable)}`;
      return `SYSTEM REWIND LANES ${printTable(s.indexTable)} TO ${s.to}`;
    case 'rebuildIndexTable':
      return `REBUILD INDEX TABLE ${printTable(s.indexTable)}`;
    case 'explain':
      return printExplain(s);
    default:
      return `${printShow(s)}${clause('FORMAT', s.format && quoteIdentifier(s.format))}`;
  }
}

type Shown =
  | 'showDatabases'
  | 'showTables'
  | 'showCreate'
  | 'showIndex'
  | 'showSettings'
  | 'describe'
  | 'exists'
  | 'checkTable'
  | 'checkIndexTable'
  | 'repairIndexTable';

function printShow(s: Of<Shown>): string {
  switch (s.kind) {
    case 'showDatabases':
      return 'SHOW DATABASES';
    case 'showTables': {
      const database = clause('FROM', s.database && quoteIdentifier(s.database));
      return `SHOW TABLES${database}${printLike(s.like)}`;
    }
    case 'showCreate':
      return `SHOW CREATE TABLE ${printTable(s.table)}`;
    case 'showIndex':
      return `SHOW INDEX FROM ${printTable(s.table)}`;
    case 'showSettings':
      return `SHOW SETTINGS${printLike(s.like)}`;
    case 'describe':
      return `DESCRIBE TABLE ${printTable(s.table)}`;
    case 'exists':
      return `EXISTS TABLE ${printTable(s.table)}`;
    case 'checkTable':
      return `CHECK TABLE ${printTable(s.table)}${printPartition(s.partition)}${printPart(s.part)}${clause('SETTINGS', printSettings(s.settings))}`;
    case 'checkIndexTable': {
      const shards = clause('SHARDS', s.shards && `(${s.shards.join(', ')})`);
      return `CHECK INDEX TABLE ${printTable(s.indexTable)}${shards}${clause('SETTINGS', printSettings(s.settings))}`;
    }
    case 'repairIndexTable':
      return `REPAIR INDEX TABLE ${printTable(s.indexTable)}${clause('SETTINGS', printSettings(s.settings))}`;
  }
}

function printPartition(partition: PartitionName | undefined): string {
  if (!partition) return '';
  const name = partition.kind === 'id' ? `ID ${quoteString(partition.id)}` : printExpression(partition.value);
  return ` PARTITION ${name}`;
}

function printPart(part: string | undefined): string {
  return clause('PART', part === undefined ? undefined : quoteString(part));
}

function printLike(like: string | undefined): string {
  return like === undefined ? '' : ` LIKE ${quoteString(like)}`;
}

function printExplain(s: Of<'explain'>): string {
  const words = `EXPLAIN ${s.mode}${optional('ANALYZE', s.analyze)}${optional('WHY', s.why)}`;
  const settings = s.settings.length > 0 ? ` ${printSettings(s.settings)}` : '';
  return `${words}${settings} ${printStatement(s.statement)}${clause('FORMAT', s.format && quoteIdentifier(s.format))}`;
}

function printUpdate(s: Of<'update'>): string {
  const assignments = s.assignments.map(
    ({ column, value }) => `${quoteIdentifier(column)} = ${printExpression(value)}`,
  );
  return `UPDATE ${printTable(s.table)} SET ${assignments.join(', ')}${printCondition(s)}`;
}

function printCondition(s: Of<'update' | 'delete'>): string {
  return clause('WHERE', s.where && printExpression(s.where)) + clause('SETTINGS', printSettings(s.settings));
}

function printInsert(s: Insert): string {
  const into = `INSERT INTO ${printTable(s.table)}${s.columns ? ` ${printNames(s.columns)}` : ''}`;
  return `${into}${clause('SETTINGS', printSettings(s.settings))} ${printSource(s.source)}`;
}

function printSource(source: Insert['source']): string {
  switch (source.kind) {
    case 'values':
      return `VALUES ${source.rows.map((row) => `(${printExpressions(row)})`).join(', ')}`;
    case 'select':
      return printSelect(source.query);
    case 'format':
      return `FORMAT ${source.format}`;
  }
}

function printNames(names: readonly string[]): string {
  return `(${names.map(quoteIdentifier).join(', ')})`;
}

function printKey(key: readonly Expression[]): string {
  return key.length === 0 ? '' : `(${printExpressions(key)})`;
}

function printShardBy(s: ShardBy): string {
  if (s.method === 'mod') return `mod(${s.columns.map(quoteIdentifier).join(', ')}, ${s.shardCount})`;
  return `hash${printNames(s.columns)}${s.shardCount === undefined ? '' : ` INTO ${s.shardCount}`}`;
}

function printColumn(c: ColumnDefinition): string {
  const defaultValue = clause('DEFAULT', c.defaultValue && printExpression(c.defaultValue));
  return `${quoteIdentifier(c.name)} ${c.type.text}${defaultValue}${printComment(c.comment)}${printCodec(c.codec)}`;
}

function printCodec(codec: readonly CodecCall[] | undefined): string {
  return codec ? ` CODEC(${codec.map(printIndexType).join(', ')})` : '';
}

function printAddIndex({ table, ifNotExists, index, place }: Of<'addSkipIndex'>): string {
  const where =
    place === undefined ? '' : place === 'first' ? ' FIRST' : ` AFTER ${quoteIdentifier(place.after)}`;
  return `ALTER TABLE ${printTable(table)} ADD INDEX${optional('IF NOT EXISTS', ifNotExists)} ${printDeclared(index)}${where}`;
}

const printIndex = (index: IndexDeclaration): string => `INDEX ${printDeclared(index)}`;

function printDeclared({ name, expression, type, granularity }: IndexDeclaration): string {
  const head = `${quoteIdentifier(name)} ${printExpression(expression)}`;
  return `${head} TYPE ${printIndexType(type)} GRANULARITY ${granularity}`;
}

export function printIndexType({ name, args }: IndexType): string {
  return args ? `${quoteFunction(name)}(${printExpressions(args)})` : quoteFunction(name);
}

function printComment(comment: string | undefined): string {
  return comment === undefined ? '' : ` COMMENT ${quoteString(comment)}`;
}

function printCreateTable(s: CreateTable): string {
  const engineArguments = s.engine && s.engine.args.length > 0 ? `(${printExpressions(s.engine.args)})` : '';
  return [
    `CREATE TABLE${optional('IF NOT EXISTS', s.ifNotExists)} ${printTable(s.table)}`,
    ` (${[...s.columns.map(printColumn), ...s.indexes.map(printIndex)].join(', ')})`,
    clause('ENGINE =', s.engine && quoteIdentifier(s.engine.name) + engineArguments),
    clause('PRIMARY KEY', printKey(s.primaryKey)),
    clause('ORDER BY', s.orderBy && (printKey(s.orderBy) || 'tuple()')),
    clause('PARTITION BY', s.partitionBy && printExpression(s.partitionBy)),
    clause('SHARD BY', s.shardBy && printShardBy(s.shardBy)),
    clause('COLOCATE WITH', s.colocateWith && printTable(s.colocateWith)),
    clause('TTL', s.ttl && printExpression(s.ttl)),
    clause('SETTINGS', printSettings(s.settings)),
    printComment(s.comment),
  ].join('');
}

function printCreateIndexTable(s: CreateIndexTable): string {
  const unsharded =
    s.unsharded && `UNSHARDED${clause('IN', s.unsharded.database && quoteIdentifier(s.unsharded.database))}`;
  return [
    `CREATE${optional('UNIQUE', s.unique)} INDEX TABLE${optional('IF NOT EXISTS', s.ifNotExists)}`,
    ` ${printTable(s.indexTable)} ON ${printTable(s.table)}`,
    s.columns.length > 0 ? ` (${printExpressions(s.columns)})` : '',
    unsharded ? ` ${unsharded}` : clause('SHARD BY', s.shardBy && printShardBy(s.shardBy)),
    clause('LAYOUT', printLayout(s.layout)),
    clause('PARTITION BY', s.partitionBy && printExpression(s.partitionBy)),
    clause('ORDER BY', printKey(s.orderBy)),
    ...s.indexes.map((index) => ` ${printIndex(index)}`),
    clause('USING', s.using && quoteIdentifier(s.using)),
    clause('WHERE', s.where && printExpression(s.where)),
    clause('SETTINGS', printSettings(s.settings)),
  ].join('');
}

function printAction(action: AlterIndexAction): string {
  switch (action.kind) {
    case 'layout': {
      const partitionBy = clause('PARTITION BY', action.partitionBy && printExpression(action.partitionBy));
      return `MODIFY LAYOUT ${printLayout(action.layout)}${partitionBy}${clause('ORDER BY', printKey(action.orderBy))}`;
    }
    case 'shards':
      return `MODIFY SHARDS ${action.shardCount}`;
    case 'settings':
      return `MODIFY SETTING ${printSettings(action.settings)}`;
  }
}

function printLayout(layout: IndexLayout): string {
  if (layout.kind === 'COLUMNAR') {
    const items = layout.columns.map((column, i) => printExpression(column) + printCodec(layout.codecs[i]));
    return `COLUMNAR (${items.join(', ')})`;
  }
  return 'columns' in layout ? `${layout.kind} (${printExpressions(layout.columns)})` : layout.kind;
}
