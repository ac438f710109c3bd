// partition-name.ts — which parts `PARTITION value`, `PARTITION ID 'id'` and `PART 'name'` name.

import { type SourcePosition, WinnowError } from '../base/errors.ts';
import type { PartsPath } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import { tableScope } from '../expr/table-scope.ts';
import { formatPartName, parsePartName, type PartName } from '../parts/part-name.ts';
import { partitionIdOf } from '../parts/partition-id.ts';
import type { Expression, PartitionName } from '../sql/ast.ts';
import { keyElements } from '../sql/parse-common.ts';
import type { Column, NamedType } from '../types/column.ts';
import { bindContext, type StatementContext } from './context.ts';
import { storedColumn } from './stored-column.ts';

const noColumns = tableScope([]);

/** Without PARTITION and PART: all. Errors: BAD_DATA_PART_NAME, and those of `partitionIdNamed`. */
export function partFilter(
  {
    partition,
    part,
    position,
  }: {
    readonly partition: PartitionName | undefined;
    readonly part: string | undefined;
    readonly position: SourcePosition;
  },
  path: PartsPath,
  table: TableDefinition,
  context: StatementContext,
): (name: PartName) => boolean {
  if (partition) {
    const id = partitionIdNamed(partition, path, table, context);
    return ({ partitionId }) => partitionId === id;
  }
  if (part === undefined) return () => true;
  if (!parsePartName(part))
    throw new WinnowError('BAD_DATA_PART_NAME', `'${part}' is not the name of a part`, { position });
  return (name) => formatPartName(name) === part;
}

/** There need not be such a partition. Errors: INVALID_PARTITION_VALUE, and those of values that do not fit the key. */
export function partitionIdNamed(
  partition: PartitionName,
  path: PartsPath,
  table: TableDefinition,
  context: StatementContext,
): string {
  if (partition.kind === 'id') return partition.id;
  const key = partSchemaOf(path, table).partitionBy?.expressions ?? [];
  const values = keyElements(partition.value);
  if (values.length !== key.length) {
    throw new WinnowError(
      'INVALID_PARTITION_VALUE',
      `a partition of ${path.database}.${path.name} has ${key.length} values, not ${values.length}`,
      { position: partition.position },
    );
  }
  const columns = values.map((value, i) =>
    constantOf(value, { name: 'partition', type: key[i]!.type }, context),
  );
  return partitionIdOf(columns, 0);
}

function constantOf(value: Expression, target: NamedType, context: StatementContext): Column {
  const bound = bindExpression(value, noColumns, bindContext(context));
  return storedColumn(evaluate(bound, { rowCount: 1, columns: [] }), target);
}
