// number-text.ts — numbers, decimals and UUIDs as ClickHouse's text, both ways.

import { WinnowError } from '../base/errors.ts';
import { powersOfTen } from './temporal-text.ts';

/** The shortest text that reads back as the same double. */
export function formatFloat64(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15)
    return value === 0 && 1 / value < 0 ? '-0' : String(value);
  return floatText(String(value));
}

/** The shortest text that reads back as the same single. */
export function formatFloat32(value: number): string {
  if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) < 1e6))
    return formatFloat64(value);
  // Six digits always survive a normal single; subnormal ones carry fewer.
  for (let digits = Math.abs(value) < 1.2e-38 ? 1 : 6; digits < 9; digits++) {
    const shortened = Number(roundedText(value, digits));
    if (Math.fround(shortened) === value) return floatText(String(shortened));
  }
  return floatText(String(Number(value.toPrecision(9))));
}

/** Of two texts that are equally near, the one with an even last digit, as ClickHouse rounds; toPrecision rounds away from 0. */
function roundedText(value: number, digits: number): string {
  const rounded = value.toPrecision(digits);
  const longer = value.toPrecision(digits + 1);
  const isTie = /5(e|$)/.test(longer) && Number(longer) === value;
  if (!isTie || !/[13579](e|$)/.test(rounded)) return rounded;
  return Number(longer.replace(/5(e|$)/, '4$1')).toPrecision(digits);
}

function floatText(text: string): string {
  if (text === 'Infinity') return 'inf';
  if (text === '-Infinity') return '-inf';
  return text === 'NaN' ? 'nan' : text.replace('e+', 'e');
}

/** A decimal or exponent number, inf, infinity or nan in any case. Errors: CANNOT_PARSE_NUMBER. */
export function parseFloat64(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text);
  if (!special) throw new WinnowError('CANNOT_PARSE_NUMBER', `'${text}' is not a number`);
  if (special[2]!.toLowerCase() === 'nan') return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** `1.5`, without trailing zeros, as ClickHouse prints decimals; `scaled` is value × 10^scale. */
export function formatDecimal(scaled: bigint | number, scale: number): string {
  const digits = String(scaled);
  if (scale === 0) return digits;
  const negative = digits.startsWith('-');
  const padded = (negative ? digits.slice(1) : digits).padStart(scale + 1, '0');
  const whole = padded.slice(0, -scale);
  const fraction = padded.slice(-scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction && '.'}${fraction}`;
}

/**
 * The value × 10^scale of a decimal number, perhaps with exponent. Digits beyond the scale are dropped, as ClickHouse
 * does. Errors: CANNOT_PARSE_TEXT; ARGUMENT_OUT_OF_BOUND when it has more than `precision` digits.
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  if (digits === '') throw new WinnowError('CANNOT_PARSE_TEXT', `'${text}' is not a decimal number`);
  const shift = scale + Number(exponent) - fraction.length;
  const kept = shift >= 0 ? digits.length + shift : Math.max(0, digits.length + shift);
  if (kept > precision && digits !== '0') {
    throw new WinnowError('ARGUMENT_OUT_OF_BOUND', `'${text}' does not fit Decimal(${precision}, ${scale})`);
  }
  const scaled =
    shift >= 0 ? BigInt(digits) * powersOfTen[Math.min(shift, 76)]! : BigInt(digits.slice(0, kept) || '0');
  return sign === '-' ? -scaled : scaled;
}

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `61f0c404-5cb3-11e7-907b-a6006ad3dba0` of 16 bytes at `start`. */
export function formatUuid(bytes: Uint8Array, start: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += hexBytes[bytes[start + i]!];
  }
  return text;
}

/** The 16 bytes of a UUID, with or without dashes. Errors: CANNOT_PARSE_UUID. */
export function parseUuid(text: string): Buffer {
  const dashed = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
  if (!dashed && !/^[0-9a-f]{32}$/i.test(text))
    throw new WinnowError('CANNOT_PARSE_UUID', `'${text}' is not a UUID`);
  return Buffer.from(dashed ? text.replaceAll('-', '') : text, 'hex');
}

/** Smallest and largest value of each integer kind. */
export const integerRanges = {
  Int8: [-0x80n, 0x7fn],
  Int16: [-0x8000n, 0x7fffn],
  Int32: [-0x80000000n, 0x7fffffffn],
  Int64: [-(2n ** 63n), 2n ** 63n - 1n],
  UInt8: [0n, 0xffn],
  UInt16: [0n, 0xffffn],
  UInt32: [0n, 0xffffffffn],
  UInt64: [0n, 2n ** 64n - 1n],
  Int128: [-(2n ** 127n), 2n ** 127n - 1n],
  Int256: [-(2n ** 255n), 2n ** 255n - 1n],
  UInt128: [0n, 2n ** 128n - 1n],
  UInt256: [0n, 2n ** 256n - 1n],
} as const satisfies Record<string, readonly [bigint, bigint]>;
