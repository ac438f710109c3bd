// index.ts — the library: open a store, and the types of what it answers.

export { open } from './engine/open.ts';
export { WinnowError } from './base/errors.ts';
export type { ErrorCode } from './base/errors.ts';
export type { OpenOptions } from './engine/open.ts';
export { definePipeline } from './pipeline/define-pipeline.ts';
export type { ColumnTypes, DefinedPipeline, RowOfTypes, ValueOfType } from './pipeline/define-pipeline.ts';
export type {
  Database,
  ExecuteOptions,
  OpenSession,
  QueryResult,
  QuerySummary,
  RangeOptions,
  Session,
  SessionState,
  Table,
  TransactionSlot,
  WriteCondition,
  WriteResult,
} from './engine/api.ts';
export type { Freshness } from './catalog/access.ts';
export type { Row, RowInput } from './rows/row-table.ts';
export type { Block, Column, NamedType, Value, ValueInput } from './types/column.ts';
export type { DataType } from './types/data-type.ts';
