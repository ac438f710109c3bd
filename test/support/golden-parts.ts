// golden-parts.ts — parts that real ClickHouse wrote, kept in the repository, each with the statement that makes its table.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { partSchemaOf } from '../../src/catalog/part-schema.ts';
import { mergeTreeDefinition } from '../../src/engine/create-merge-tree.ts';
import type { PartSchema } from '../../src/parts/schema.ts';
import { parseStatement } from '../../src/sql/parser.ts';
import { parseDataType } from '../../src/types/parse-type.ts';

export type GoldenPart = {
  readonly name: string;
  readonly folder: string;
  /** Under which it is attached. */
  readonly partName: string;
  /** ClickHouse's CREATE TABLE t. */
  readonly createSql: string;
  /** Errors: NOT_IMPLEMENTED of what Winnow does not have. */
  readonly schema: () => PartSchema;
};

export function goldenParts(folder: string): GoldenPart[] {
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.create.sql'));
  return scripts.sort().map((file) => {
    const name = file.replace(/\.create\.sql$/, '');
    const script = readFileSync(path.join(folder, file), 'utf8');
    const createSql = script.replace(/;\s*(--.*\s*)*$/, '');
    const partName = /detached\/(\w+)/.exec(script)?.[1] ?? 'all_1_1_0';
    return {
      name,
      folder: path.join(folder, name),
      partName,
      createSql,
      schema: () => schemaOfStatement(createSql),
    };
  });
}

function schemaOfStatement(createSql: string): PartSchema {
  const statement = parseStatement(createSql);
  if (statement.kind !== 'createTable') throw new Error('a CREATE TABLE');
  const columns = statement.columns.map(({ name, type }) => ({
    name,
    type: parseDataType(type.text),
    defaultSql: undefined,
    comment: '',
  }));
  // Others say how ClickHouse writes, not what it wrote.
  const settings = statement.settings.filter(({ name }) => name === 'index_granularity');
  const created = { ...statement, settings };
  const definition = {
    ...mergeTreeDefinition(created, columns, 'd', ''),
    id: 1,
    kind: 'mergeTree' as const,
  };
  return partSchemaOf(definition, definition);
}
