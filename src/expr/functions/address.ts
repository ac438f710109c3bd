// address.ts — functions of IPv4 and IPv6 addresses, and of the numbers and bytes that stand for them.

import { createColumnBuilder, type ColumnBuilder } from '../../types/column-builder.ts';
import { nullable, type DataType } from '../../types/data-type.ts';
import { formatIpv4, formatIpv6, isIpv4, isIpv6, parseIpv4, parseIpv6 } from '../../types/ip-text.ts';
import { textAt } from '../../types/text.ts';
import { castKernel } from '../cast.ts';
import { argType, illegalTypes, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { textPerRow, textToNumber } from '../text-kernels.ts';
import { isInteger, numberShape, text, uint32, uint8 } from '../type-classes.ts';
import { bytes, fixed } from '../vectors.ts';

const bytes16: DataType = { kind: 'FixedString', sizeBytes: 16 };
const ipv6: DataType = { kind: 'IPv6' };

/** An IPv4 address or the unsigned number of up to 32 bits that stands for one. */
function requireIpv4(call: FunctionCall): void {
  const type = argType(call, 0);
  const isNumber = isInteger(type) && !numberShape(type)!.signed && numberShape(type)!.sizeBytes <= 4;
  if (type.kind !== 'IPv4' && !isNumber) throw illegalTypes(call, 'IPv4, or UInt8 to UInt32');
}

function ofIpv4(names: readonly string[], format: (address: number) => string): ScalarFunction {
  return {
    names,
    arity: [1, 1],
    bind: (call) => {
      requireIpv4(call);
      return {
        type: text,
        run: ([arg], rowCount) => {
          const { values } = fixed(arg!);
          return textPerRow(rowCount, (row) => format(values[row] as number));
        },
      };
    },
  };
}

const ipv6NumToString: ScalarFunction = {
  names: ['IPv6NumToString', 'INET6_NTOA'],
  arity: [1, 1],
  bind: (call) => {
    const type = argType(call, 0);
    const is16 = type.kind === 'FixedString' && type.sizeBytes === 16;
    if (type.kind !== 'IPv6' && !is16) throw illegalTypes(call, 'IPv6 or FixedString(16)');
    return {
      type: text,
      run: ([arg], rowCount) => {
        const column = bytes(arg!);
        return textPerRow(rowCount, (row) => formatIpv6(column.bytes, column.offsets[row]!));
      },
    };
  },
};

type Parsing = {
  readonly type: DataType;
  readonly holds: (value: string) => boolean;
  readonly append: (builder: ColumnBuilder, value: string) => void;
};

const ipv4Parsing: Parsing = {
  type: uint32,
  holds: isIpv4,
  append: (builder, value) => builder.appendNumber(parseIpv4(value)),
};

const ipv6Parsing: Parsing = {
  type: bytes16,
  holds: (value) => isIpv6(value) || isIpv4(value),
  append: (builder, value) => builder.appendBytes(parseIpv6(value), 0, 16),
};

/** Text as the number or bytes of its address; what is none is an error, or `absent`. */
function parsing(
  names: readonly string[],
  { type, holds, append }: Parsing,
  absent?: 'appendNull' | 'appendDefault',
): ScalarFunction {
  const to = absent === 'appendNull' ? nullable(type) : type;
  return {
    names,
    arity: [1, 1],
    bind: (call) => {
      if (argType(call, 0).kind !== 'String') throw illegalTypes(call, 'a string');
      return {
        type: to,
        run: ([arg], rowCount) => {
          const builder = createColumnBuilder(to, rowCount);
          for (let row = 0; row < rowCount; row++) {
            const value = textAt(arg!, row);
            if (absent === undefined || holds(value)) append(builder, value);
            else builder[absent]();
          }
          return builder.finish();
        },
      };
    },
  };
}

function test(name: string, holds: (value: string) => boolean): ScalarFunction {
  return {
    names: [name],
    arity: [1, 1],
    bind: (call) => {
      if (argType(call, 0).kind !== 'String') throw illegalTypes(call, 'a string');
      return {
        type: uint8,
        run: textToNumber(uint8, (source, start, end) => Number(holds(source.toString('utf8', start, end)))),
      };
    },
  };
}

/** As IPv6, or as its 16 bytes when a number is given. */
const ipv4ToIpv6: ScalarFunction = {
  names: ['IPv4ToIPv6'],
  arity: [1, 1],
  bind: (call) => {
    requireIpv4(call);
    const from = argType(call, 0);
    const [toIpv4, toIpv6] = [castKernel(from, { kind: 'IPv4' }), castKernel({ kind: 'IPv4' }, ipv6)];
    const type = from.kind === 'IPv4' ? ipv6 : bytes16;
    return {
      type,
      run: ([arg], rowCount) => ({ ...bytes(toIpv6(toIpv4(arg!, rowCount), rowCount)), type }),
    };
  },
};

export const addressFunctions: readonly ScalarFunction[] = [
  ofIpv4(['IPv4NumToString', 'INET_NTOA'], formatIpv4),
  ofIpv4(['IPv4NumToStringClassC'], (address) => formatIpv4(address).replace(/\d+$/, 'xxx')),
  ipv6NumToString,
  parsing(['IPv4StringToNum', 'INET_ATON'], ipv4Parsing),
  parsing(['IPv4StringToNumOrNull'], ipv4Parsing, 'appendNull'),
  parsing(['IPv4StringToNumOrDefault'], ipv4Parsing, 'appendDefault'),
  parsing(['IPv6StringToNum', 'INET6_ATON'], ipv6Parsing),
  parsing(['IPv6StringToNumOrNull'], ipv6Parsing, 'appendNull'),
  parsing(['IPv6StringToNumOrDefault'], ipv6Parsing, 'appendDefault'),
  ipv4ToIpv6,
  test('isIPv4String', isIpv4),
  test('isIPv6String', isIpv6),
];
