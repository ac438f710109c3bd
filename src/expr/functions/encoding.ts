// encoding.ts — hexadecimal and base64.

import type { Column } from '../../types/column.ts';
import { wideShape } from '../../types/wide-number.ts';
import { argType, callError, illegalTypes, type ScalarFunction } from '../scalar-function.ts';
import { requireTexts, rowBytes, textPerRow } from '../text-kernels.ts';
import { isFloat, isInteger, isText, text } from '../type-classes.ts';
import { bigintsOf, fixed } from '../vectors.ts';

/** Integers as whole bytes without leading zero bytes; floats and decimals as they lie in memory; text byte by byte. */
const hex: ScalarFunction = {
  names: ['hex'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    const type = argType(call, 0);
    if (isText(type) || type.kind === 'UUID' || type.kind === 'IPv6' || type.kind === 'AggregateFunction') {
      return {
        type: text,
        run: ([arg], rowCount) =>
          textPerRow(rowCount, (row) => rowBytes(arg!, row).toString('hex').toUpperCase()),
      };
    }
    if (isFloat(type) || (type.kind === 'Decimal' && !wideShape(type)))
      return { type: text, run: ([arg], rowCount) => memoryHex(arg!, rowCount) };
    if (!isInteger(type) && !['Date', 'DateTime', 'IPv4'].includes(type.kind))
      throw illegalTypes(call, 'a number, a date or a string');
    return {
      type: text,
      run: ([arg], rowCount) => {
        const values = bigintsOf(arg!, rowCount);
        const bits = fixed(arg!).values.BYTES_PER_ELEMENT * 8;
        return textPerRow(rowCount, (row) => evenHex(BigInt.asUintN(bits, values[row]!)));
      },
    };
  },
};

function evenHex(value: bigint): string {
  const digits = value.toString(16).toUpperCase();
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

function memoryHex(column: Column, rowCount: number): Column {
  const { values } = fixed(column);
  const memory = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const size = values.BYTES_PER_ELEMENT;
  return textPerRow(rowCount, (row) => memory.toString('hex', row * size, (row + 1) * size).toUpperCase());
}

const nibble = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 0xff;
};

/** Two digits make a byte; an odd first digit makes one of its own. */
function unhexed(value: Buffer): Buffer {
  const out = Buffer.alloc(Math.ceil(value.length / 2));
  let at = value.length % 2 === 0 ? 0 : -1;
  for (let i = 0; i < out.length; i++, at += 2) {
    const high = at < 0 ? 0 : nibble(value[at]!);
    out[i] = (high << 4) | nibble(value[at + 1]!);
  }
  return out;
}

const unhex: ScalarFunction = {
  names: ['unhex'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    requireTexts(call, 0);
    return {
      type: text,
      run: ([arg], rowCount) => textPerRow(rowCount, (row) => unhexed(rowBytes(arg!, row))),
    };
  },
};

const base64Encode: ScalarFunction = {
  names: ['base64Encode', 'TO_BASE64'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    requireTexts(call, 0);
    return {
      type: text,
      run: ([arg], rowCount) => textPerRow(rowCount, (row) => rowBytes(arg!, row).toString('base64')),
    };
  },
};

const base64Decode: ScalarFunction = {
  names: ['base64Decode', 'FROM_BASE64'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    requireTexts(call, 0);
    const decode = (value: string): Buffer => {
      const valid = /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0;
      if (!valid) throw callError(call, 'INCORRECT_DATA', `'${value}' is not base64`);
      return Buffer.from(value, 'base64');
    };
    return {
      type: text,
      run: ([arg], rowCount) => textPerRow(rowCount, (row) => decode(rowBytes(arg!, row).toString())),
    };
  },
};

export const encodingFunctions: readonly ScalarFunction[] = [hex, unhex, base64Encode, base64Decode];
