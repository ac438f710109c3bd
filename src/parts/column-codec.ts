// column-codec.ts — CODEC of a column: from its calls to what each of the column's streams is compressed by.
//
// What makes sense is ClickHouse's rule: NONE stands alone, a codec for any bytes comes last, something must compress,
// and Gorilla is for floating point numbers, which nothing has made differences of before.

import { notImplemented, WinnowError, type ErrorCode } from '../base/errors.ts';
import { printIndexType } from '../sql/printer.ts';
import type { CodecCall, LiteralValue } from '../sql/ast.ts';
import { fixedArrays, type NamedType } from '../types/column.ts';
import {
  type DataType,
  evenSizeBytes,
  type FixedPhysical,
  physicalOf,
  typeName,
} from '../types/data-type.ts';
import { type Codec, type CodecChain, type T64Type, t64Types } from './codec.ts';
import { typedStreamsOf } from './stream-names.ts';

export type ColumnCodec = {
  /** As it stands in CODEC( ), as ClickHouse shows it: with the width of a number where it is the same in all streams. */
  readonly sql: string;
  /** Of a stream of values of the type; undefined: of one of sizes, NULLs or codes, which only codecs for any bytes take. */
  readonly chainOf: (values: DataType | undefined) => CodecChain;
};

type Step = { readonly codec: Codec; readonly sql: string };

const genericNames = ['LZ4', 'LZ4HC', 'ZSTD', 'Default'];
const compressingNames = [...genericNames, 'T64', 'DoubleDelta', 'Gorilla'];
const differenceNames = ['Delta', 'DoubleDelta'];
const widths: readonly (number | undefined)[] = [1, 2, 4, 8];
/** Of LZ4HC. */
const DEFAULT_LEVEL = 9;
const MIN_LEVEL = 5;
const MAX_LEVEL = 12;
/** Codecs that only ClickHouse has. */
const otherNames = ['AES_128_GCM_SIV', 'AES_256_GCM_SIV', 'FPC', 'GCD'];

/**
 * Errors: UNKNOWN_CODEC, ILLEGAL_CODEC_PARAMETER, ILLEGAL_SYNTAX_FOR_CODEC_TYPE, DATA_TYPE_CANNOT_HAVE_ARGUMENTS,
 * BAD_ARGUMENTS; NOT_IMPLEMENTED of codecs that only ClickHouse has.
 */
export function columnCodec(calls: readonly CodecCall[], column: NamedType): ColumnCodec {
  const types = typedStreamsOf(column).flatMap(({ values }) => (values ? [values] : []));
  const perType = types.map((type) => calls.map((call) => stepOf(call, type)));
  requireSense(calls, perType[0]!, types);
  const sql = calls.map((call, i) => {
    const steps = perType.map((each) => each[i]!);
    const kinds = new Set(steps.map(({ codec, sql: text }) => (codec.name === 'T64' ? codec.type : text)));
    return kinds.size === 1 ? steps[0]!.sql : asWritten(call);
  });
  const generic = calls.filter(({ name }) => genericNames.includes(name));
  return {
    sql: sql.join(', '),
    chainOf: (values) => {
      const own = values ? calls : generic;
      // The type does not matter to codecs for any bytes.
      const chain = own.map((call) => stepOf(call, values ?? types[0]!).codec);
      return chain.length > 0 ? chain : [{ name: 'NONE' }];
    },
  };
}

const asWritten = (call: CodecCall): string => (call.args?.length === 0 ? call.name : printIndexType(call));

function stepOf(call: CodecCall, type: DataType): Step {
  const { name, position } = call;
  switch (name) {
    case 'NONE':
    case 'LZ4':
      refuseArguments(call, 'DATA_TYPE_CANNOT_HAVE_ARGUMENTS');
      return { codec: { name }, sql: name };
    case 'Default':
      refuseArguments(call, 'BAD_ARGUMENTS');
      return { codec: { name: 'LZ4' }, sql: name };
    case 'LZ4HC':
      return lz4hcStep(call);
    case 'Delta':
    case 'Gorilla':
    case 'DoubleDelta':
      return numberStep(name, call, type);
    case 'T64':
      return t64Step(call, type);
    default:
      if (['ZSTD', ...otherNames].includes(name)) throw notImplemented(`codec ${name}`, position);
      throw new WinnowError('UNKNOWN_CODEC', `Unknown codec family: ${name}`, {
        position,
        hint: 'Codecs are NONE, LZ4, LZ4HC, Delta, DoubleDelta, Gorilla and T64.',
      });
  }
}

/** Level 0 is the default, as in ClickHouse; each level doubles the attempts, from 5 to 12. */
function lz4hcStep(call: CodecCall): Step {
  const level = numberArgument(call) ?? 0;
  const effort = Math.min(Math.max(level === 0 ? DEFAULT_LEVEL : level, MIN_LEVEL), MAX_LEVEL);
  return { codec: { name: 'LZ4HC', attempts: 2 ** effort }, sql: `LZ4HC(${level})` };
}

/** Without an argument the width is that of the type; of DoubleDelta it is in any case, as ClickHouse has it. */
function numberStep(name: 'Delta' | 'DoubleDelta' | 'Gorilla', call: CodecCall, type: DataType): Step {
  const own = name === 'DoubleDelta' ? widthOfType(name, call, type) : undefined;
  const given = numberArgument(call);
  if (given !== undefined && !widths.includes(given))
    throw wrong('ILLEGAL_CODEC_PARAMETER', call, `takes 1, 2, 4 or 8 bytes, not ${given}`);
  const width = own ?? given ?? widthOfType(name, call, type);
  return { codec: { name, width }, sql: own === undefined ? `${name}(${width})` : name };
}

function widthOfType(name: string, call: CodecCall, type: DataType): number {
  const physical = physicalOf(type);
  const isNumeric = physical in fixedArrays;
  if (name === 'DoubleDelta' && !isNumeric)
    throw wrong(
      'BAD_ARGUMENTS',
      call,
      `is not applicable for ${typeName(type)} because the data type is not numeric`,
    );
  const width = isNumeric ? fixedArrays[physical as FixedPhysical].BYTES_PER_ELEMENT : evenSizeBytes(type);
  if (width !== undefined && widths.includes(width)) return width;
  throw wrong(
    'BAD_ARGUMENTS',
    call,
    `is only applicable for data types of size 1, 2, 4, 8 bytes. Given type ${typeName(type)}`,
  );
}

function t64Step(call: CodecCall, type: DataType): Step {
  const argument = onlyArgument(call);
  const variant = argument?.kind === 'string' ? argument.value : argument && '';
  if (variant !== undefined && variant !== 'bit' && variant !== 'byte')
    throw wrong('ILLEGAL_CODEC_PARAMETER', call, "takes 'bit' or 'byte'");
  const t64Type = t64TypeOf(type);
  if (!t64Type)
    throw wrong(
      'ILLEGAL_SYNTAX_FOR_CODEC_TYPE',
      call,
      `is not supported for specified type ${typeName(type)}`,
    );
  const hasBitPlanes = variant === 'bit';
  return { codec: { name: 'T64', type: t64Type, hasBitPlanes }, sql: hasBitPlanes ? "T64('bit')" : 'T64' };
}

/** How T64 names the type; undefined of one that it does not take. */
export function t64TypeOf(type: DataType): T64Type | undefined {
  if (type.kind === 'Bool') return t64Types.UInt8;
  if (type.kind === 'Decimal')
    return type.precision <= 9 ? t64Types.Decimal32 : type.precision <= 18 ? t64Types.Decimal64 : undefined;
  return (t64Types as Readonly<Record<string, T64Type>>)[type.kind];
}

function requireSense(calls: readonly CodecCall[], steps: readonly Step[], types: readonly DataType[]): void {
  const names = calls.map(({ name }) => name);
  const chain = steps.map(({ sql }) => sql).join(', ');
  const fail = (what: string): never => {
    throw new WinnowError('BAD_ARGUMENTS', what, { position: calls[0]!.position });
  };
  if (names.length > 1 && names.includes('NONE'))
    fail(`It does not make sense to have codec NONE along with other compression codecs: ${chain}`);
  if (!names.some((name) => name === 'NONE' || compressingNames.includes(name)))
    fail(
      `Compression codec ${chain} does not compress anything. You may want to add generic compression algorithm after other transformations, like: ${chain}, LZ4`,
    );
  const meaningless = `The combination of compression codecs ${chain} is meaningless, because`;
  if (names.slice(0, -1).some((name) => genericNames.includes(name)))
    fail(
      `${meaningless} it does not make sense to apply any transformations after generic compression algorithm`,
    );
  const gorilla = names.indexOf('Gorilla');
  if (gorilla >= 0 && !types.some(({ kind }) => kind.startsWith('Float')))
    fail(
      `${meaningless} it does not make sense to apply a floating-point time series codec to non-floating-point columns`,
    );
  if (names.slice(0, Math.max(0, gorilla)).some((name) => differenceNames.includes(name)))
    fail(`${meaningless} floating point time series codecs do delta compression implicitly by themselves`);
}

function refuseArguments(call: CodecCall, code: ErrorCode): void {
  if ((call.args ?? []).length > 0) throw wrong(code, call, 'cannot have arguments');
}

function onlyArgument(call: CodecCall): LiteralValue | undefined {
  const args = call.args ?? [];
  if (args.length > 1)
    throw wrong('ILLEGAL_SYNTAX_FOR_CODEC_TYPE', call, `must have 1 parameter, given ${args.length}`);
  const [argument] = args;
  if (!argument || argument.kind === 'literal') return argument?.value;
  throw wrong('ILLEGAL_CODEC_PARAMETER', call, 'takes a literal');
}

function numberArgument(call: CodecCall): number | undefined {
  const argument = onlyArgument(call);
  if (!argument) return undefined;
  if (argument.kind === 'number' && /^\d+$/.test(argument.text)) return Number(argument.text);
  throw wrong('ILLEGAL_CODEC_PARAMETER', call, 'argument must be unsigned integer');
}

function wrong(code: ErrorCode, { name, position }: CodecCall, what: string): WinnowError {
  return new WinnowError(code, `Codec ${name} ${what}`, { position });
}
