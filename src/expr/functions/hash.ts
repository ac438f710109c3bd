// hash.ts — checksums and digests of strings.

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createColumnBuilder } from '../../types/column-builder.ts';
import type { DataType } from '../../types/data-type.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { requireTexts, rowBytes, textToNumber } from '../text-kernels.ts';

/** The digest's bytes as a FixedString. */
function digest(name: string, algorithm: string, sizeBytes: number): ScalarFunction {
  const type: DataType = { kind: 'FixedString', sizeBytes };
  return {
    names: [name],
    arity: [1, 1],
    bind: (call) => {
      requireTexts(call, 0);
      return {
        type,
        run: ([arg], rowCount) => {
          const builder = createColumnBuilder(type, rowCount);
          for (let row = 0; row < rowCount; row++)
            builder.appendBytes(createHash(algorithm).update(rowBytes(arg!, row)).digest(), 0, sizeBytes);
          return builder.finish();
        },
      };
    },
  };
}

const checksum: ScalarFunction = {
  names: ['CRC32'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    requireTexts(call, 0);
    const type: DataType = { kind: 'UInt32' };
    return { type, run: textToNumber(type, (source, start, end) => crc32(source.subarray(start, end))) };
  },
};

export const hashFunctions: readonly ScalarFunction[] = [
  digest('MD5', 'md5', 16),
  digest('SHA1', 'sha1', 20),
  digest('SHA224', 'sha224', 28),
  digest('SHA256', 'sha256', 32),
  digest('SHA512', 'sha512', 64),
  checksum,
];
