// using.ts — index tables whose filter is TypeScript: whether the filter that is registered fits, and its newer versions.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { isComposite, sameType, typeName, withoutNullable } from '../types/data-type.ts';
import type { DefinedPipeline } from './define-pipeline.ts';
import { mapFilter, sqlFilter, type RowFilter } from './row-filters.ts';

export type Pipelines = ReadonlyMap<string, DefinedPipeline>;

/** Errors: BAD_ARGUMENTS when it is not registered, or reads columns that the row table does not have so. */
export function pipelineFor(
  name: string,
  table: RowTableDefinition,
  pipelines: Pipelines,
  position?: SourcePosition,
): DefinedPipeline {
  const pipeline = pipelines.get(name);
  if (!pipeline)
    throw new WinnowError('BAD_ARGUMENTS', `pipeline ${name} is not registered`, {
      position,
      hint: `Open the store with it: open(path, { pipelines: [${name}] }).`,
    });
  for (const { name: wanted, type } of pipeline.from) {
    const column = table.columns.find((each) => each.name === wanted);
    if (column && sameType(column.type, type)) continue;
    const found = column ? `is ${typeName(column.type)}` : 'is not there';
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `pipeline ${name} reads ${wanted} ${typeName(type)} of ${table.database}.${table.name}, which ${found}`,
      { position },
    );
  }
  return pipeline;
}

/** The filter of an index table. Errors: as `pipelineFor`, BAD_ARGUMENTS when the index table cannot go on with this version. */
export function filterOf(
  definition: IndexTableDefinition,
  table: RowTableDefinition,
  pipelines: Pipelines,
): RowFilter {
  const { using } = definition;
  if (!using) return sqlFilter(definition, table);
  const pipeline = pipelineFor(using.name, table, pipelines);
  const { name, version } = pipeline;
  const unfit = version === using.version ? undefined : unfitColumn(definition, table, pipeline);
  if (unfit !== undefined)
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `version ${version} of pipeline ${name} gives no column ${unfit} as the index table needs it`,
    );
  return mapFilter(pipeline, table);
}

/** The definition by the version of its filter that is registered; undefined when that is the one it has, or none fits. */
export function renewed(
  definition: IndexTableDefinition,
  table: RowTableDefinition,
  pipelines: Pipelines,
): IndexTableDefinition | undefined {
  const { using, computed = [], keyColumns, coveredColumns, sharding } = definition;
  const pipeline = using && pipelines.get(using.name);
  if (
    !pipeline ||
    pipeline.version === using.version ||
    unfitColumn(definition, table, pipeline) !== undefined
  )
    return undefined;
  const first = table.columns.length;
  const moved = (position: number): number => {
    const old = computed[position - first];
    return old ? first + pipeline.columns.findIndex(({ name }) => name === old.name) : position;
  };
  return {
    ...definition,
    using: { name: pipeline.name, version: pipeline.version },
    computed: pipeline.columns,
    keyColumns: keyColumns.map(moved),
    coveredColumns: coveredColumns.map(moved),
    sharding: { ...sharding, columns: sharding.columns.map(moved) },
  };
}

/** A column that the index table names and the filter does not give, or not as a key can have it. */
function unfitColumn(
  { computed = [], keyColumns, coveredColumns, sharding }: IndexTableDefinition,
  { columns }: RowTableDefinition,
  pipeline: DefinedPipeline,
): string | undefined {
  const isFit = (position: number, name: string): boolean => {
    const type = pipeline.columns.find((column) => column.name === name)?.type;
    if (!type) return false;
    if (keyColumns.includes(position) && isComposite(type)) return false;
    const isInteger = /^U?Int/.test(withoutNullable(type).kind);
    return isInteger || sharding.method !== 'mod' || !sharding.columns.includes(position);
  };
  for (const position of [...keyColumns, ...coveredColumns]) {
    const name = computed[position - columns.length]?.name;
    if (name !== undefined && !isFit(position, name)) return name;
  }
  return undefined;
}
