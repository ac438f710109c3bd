import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { Arena } from './arena.ts';
import { FileHash } from './file-hash.ts';
import * as twin from './twins/city-hash.ts';

const arena = new Arena();
afterAll(() => arena.release());

test('pieces of any size, in the memory or outside, give the hash of the whole', () => {
  const piece = fc.oneof(fc.nat(100), fc.constantFrom(2047, 2048, 2049, 4096), fc.nat(9000));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), fc.nat(), (sizes, inMemory, seed) => {
      arena.rewind();
      const random = createRandom(seed);
      const pieces = sizes.map((size) => random.bytes(size));
      const hash = new FileHash(arena);
      for (const bytes of pieces) hash.update(inMemory ? arena.take(bytes) : bytes);
      const digest = hash.digest();
      const wanted = twin.chunkedHash(Buffer.concat(pieces));
      expect([digest.readBigUInt64LE(0), digest.readBigUInt64LE(8)]).toEqual(wanted);
    }),
  );
});
