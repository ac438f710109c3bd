// codec-definitions.ts — CODEC of columns in CREATE and ALTER: from the calls to the definitions that are stored.

import type { CodecDefinition } from '../catalog/definitions.ts';
import { columnCodec } from '../parts/column-codec.ts';
import type { CodecCall } from '../sql/ast.ts';
import type { NamedType } from '../types/column.ts';

/** `codecs`: that of each column. Undefined when there are none. Errors: those of `columnCodec`. */
export function codecDefinitions(
  columns: readonly NamedType[],
  codecs: readonly (readonly CodecCall[] | undefined)[],
): readonly CodecDefinition[] | undefined {
  const definitions = columns.flatMap((column, i) => {
    const calls = codecs[i];
    return calls ? [{ column: column.name, sql: columnCodec(calls, column).sql }] : [];
  });
  return definitions.length > 0 ? definitions : undefined;
}

/** As it stands in CODEC( ); undefined of a column without one. */
export const codecSql = (
  codecs: readonly CodecDefinition[] | undefined,
  column: string,
): string | undefined => codecs?.find((codec) => codec.column === column)?.sql;
