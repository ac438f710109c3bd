// output.ts — the formats an answer can be written in.

import { WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { NamedType } from '../types/column.ts';
import { csvOutput, tabSeparatedOutput, valuesOutput } from './delimited-output.ts';
import { jsonCompactEachRowOutput, jsonCompactOutput, jsonEachRowOutput, jsonOutput } from './json-output.ts';
import type { OutputFormat, OutputOptions } from './output-format.ts';
import { prettyOutput } from './pretty-output.ts';
import { verticalOutput } from './vertical-output.ts';

export type { OutputFormat, OutputOptions, OutputSummary } from './output-format.ts';

type CreateOutput = (columns: readonly NamedType[], options: OutputOptions) => OutputFormat;

const formats: Readonly<Record<string, CreateOutput>> = {
  TabSeparated: (columns) => tabSeparatedOutput(columns, 'none', true),
  TabSeparatedWithNames: (columns) => tabSeparatedOutput(columns, 'names', true),
  TabSeparatedWithNamesAndTypes: (columns) => tabSeparatedOutput(columns, 'names and types', true),
  TabSeparatedRaw: (columns) => tabSeparatedOutput(columns, 'none', false),
  TabSeparatedRawWithNames: (columns) => tabSeparatedOutput(columns, 'names', false),
  TabSeparatedRawWithNamesAndTypes: (columns) => tabSeparatedOutput(columns, 'names and types', false),
  CSV: (columns) => csvOutput(columns, 'none'),
  CSVWithNames: (columns) => csvOutput(columns, 'names'),
  CSVWithNamesAndTypes: (columns) => csvOutput(columns, 'names and types'),
  JSON: (columns, options) => jsonOutput(columns, 'typed', options),
  JSONStrings: (columns, options) => jsonOutput(columns, 'strings', options),
  JSONCompact: (columns, options) => jsonCompactOutput(columns, 'typed', options),
  JSONCompactStrings: (columns, options) => jsonCompactOutput(columns, 'strings', options),
  JSONEachRow: (columns, options) => jsonEachRowOutput(columns, 'typed', options),
  JSONStringsEachRow: (columns, options) => jsonEachRowOutput(columns, 'strings', options),
  JSONCompactEachRow: (columns, options) => jsonCompactEachRowOutput(columns, 'none', 'typed', options),
  JSONCompactEachRowWithNames: (columns, options) =>
    jsonCompactEachRowOutput(columns, 'names', 'typed', options),
  JSONCompactEachRowWithNamesAndTypes: (columns, options) =>
    jsonCompactEachRowOutput(columns, 'names and types', 'typed', options),
  JSONCompactStringsEachRow: (columns, options) =>
    jsonCompactEachRowOutput(columns, 'none', 'strings', options),
  Values: valuesOutput,
  Vertical: verticalOutput,
  PrettyCompact: (columns) => prettyOutput(columns, 'compact'),
  Pretty: (columns) => prettyOutput(columns, 'grid'),
  PrettySpace: (columns) => prettyOutput(columns, 'space'),
  Null: nullOutput,
};

/** Other names of formats, for reading and writing alike. */
export const formatAliases: Readonly<Record<string, string>> = {
  TSV: 'TabSeparated',
  TSVWithNames: 'TabSeparatedWithNames',
  TSVWithNamesAndTypes: 'TabSeparatedWithNamesAndTypes',
  TSVRaw: 'TabSeparatedRaw',
  Raw: 'TabSeparatedRaw',
  TSVRawWithNames: 'TabSeparatedRawWithNames',
  TSVRawWithNamesAndTypes: 'TabSeparatedRawWithNamesAndTypes',
  PrettyCompactMonoBlock: 'PrettyCompact',
  JSONLines: 'JSONEachRow',
  JSONL: 'JSONEachRow',
  NDJSON: 'JSONEachRow',
};

/** Names of all formats that can be written, aliases included. */
export const outputFormatNames: readonly string[] = [
  ...Object.keys(formats),
  ...Object.keys(formatAliases).filter((alias) => Object.hasOwn(formats, formatAliases[alias]!)),
];

const outputFormats = new Map(outputFormatNames.map((name) => [name, formats[formatAliases[name] ?? name]!]));

export function isOutputFormat(name: string): boolean {
  return outputFormats.has(name);
}

/** Errors: UNKNOWN_FORMAT, with the nearest name as hint. */
export function createOutput(
  format: string,
  columns: readonly NamedType[],
  options: OutputOptions,
): OutputFormat {
  const create = outputFormats.get(format);
  if (!create) throw unknownFormat(format, 'output', outputFormatNames);
  return create(columns, options);
}

export function unknownFormat(
  format: string,
  direction: 'input' | 'output',
  names: readonly string[],
): WinnowError {
  const nearest = nearestName(format, names);
  return new WinnowError('UNKNOWN_FORMAT', `unknown ${direction} format '${format}'`, {
    hint: nearest === undefined ? `Known are ${names.join(', ')}.` : `Did you mean ${nearest}?`,
  });
}

/** Throws the answer away. */
function nullOutput(): OutputFormat {
  return { contentType: 'text/plain; charset=UTF-8', start: () => '', block: () => '', end: () => '' };
}
