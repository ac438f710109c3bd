import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Arena } from './arena.ts';
import { hashChunkBytes } from './codec-kernels.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/city-hash.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
afterAll(() => arena.release());

/** Byte i is i mod 251. */
const counted = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i % 251);

/** What a kernel writes of the bytes into 16 bytes that were zero. */
function hash128(bytes: Uint8Array, kernel: (source: number, target: number) => void): string {
  arena.rewind();
  const source = arena.take(Uint8Array.from(bytes));
  const target = arena.bytes(16).fill(0);
  kernel(source.byteOffset, target.byteOffset);
  return target.toString('hex');
}

const cityHash128 = (bytes: Uint8Array): string =>
  hash128(bytes, (source, target) => kernels.cityHash128(source, bytes.length, target));
const chunkedHash = (bytes: Uint8Array): string =>
  hash128(bytes, (source, state) => kernels.chunkedHash(source, bytes.length, state));

function cityHash64(bytes: Uint8Array): bigint {
  arena.rewind();
  const source = arena.take(Uint8Array.from(bytes));
  return BigInt.asUintN(64, kernels.cityHash64(source.byteOffset, bytes.length));
}

function hex([low, high]: readonly [bigint, bigint]): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(low);
  bytes.writeBigUInt64LE(high, 8);
  return bytes.toString('hex');
}

/** Size, CityHash64, CityHash128: checked against ClickHouse. */
const vectors: readonly (readonly [number, bigint, string])[] = [
  [0, 0x9ae16a3b2f90404fn, '2b9ac064fc9df03d291ee592c340b53c'],
  [1, 0x085f654e398e757cn, '2264de61ab714ba07039e237496868f7'],
  [3, 0x34e803dc175e241fn, 'c20a85b02619dc106f0edd5cad0dc280'],
  [4, 0xc6803d385ba50e93n, 'dca1f5ffc72b2ee6bec2ef4c186c163f'],
  [8, 0xbab32314ab07fa4en, '82861e4e98e8bfd011c67fcfa0415156'],
  [9, 0xf5cb477f28a07fe7n, '3a63897c60dcdb629bdd48f3c6594d85'],
  [16, 0x2fb0d75f94362763n, '45f9c277e6adce17dcfec87506d69e57'],
  [17, 0xe5aa5ed150b8e380n, 'f10f31fb30e8128137d74fc609ad72c9'],
  [32, 0x40cfef3d008869dcn, '1d560b670c5971fe305a874f465b8f49'],
  [33, 0x532c06f602b7f406n, 'eb865e268b01b6663a7f1686e349cfa5'],
  [64, 0xf7a2aca4d0a3fde1n, 'd051d82f50a0d983223fa63e34738071'],
  [65, 0x510f4ef776c6476dn, '1328e608e606bf5f93d11bc39973b348'],
  [127, 0x202e5f85041d261bn, 'c6eecaaca0ef9c6e18a7e666ba8b8156'],
  [128, 0x4fe234a54241a89fn, '905592545b03ef7d3890ca4a5c7634de'],
  [143, 0xead607449df82348n, '5b0d29c2f4db632d84b5ce1784cc125c'],
  [144, 0x4cdd8ce62ef47262n, 'fcd003c9eeecbda6bcc1126962796bc5'],
  [200, 0xe49ce9a6d9f41656n, 'fdb6239e697457279c28e7eb01ef8256'],
  [1000, 0xcadb21fd966c5b2cn, '450f243c877c37445d221cca06d1a19d'],
];

test.each(vectors)('the hashes of %i bytes are those of ClickHouse', (size, hash64, hash128Hex) => {
  const bytes = counted(size);
  expect(cityHash64(bytes)).toBe(hash64);
  expect(twin.cityHash64(bytes)).toBe(hash64);
  expect(cityHash128(bytes)).toBe(hash128Hex);
  expect(hex(twin.cityHash128(bytes))).toBe(hash128Hex);
});

test.each([
  [0, '00000000000000000000000000000000'],
  [5, '245e14b77717f0affc87eea7348ce441'],
  [2047, '0b24052a769cea2eee22cf27f92c6cc9'],
  [2048, 'b5ec3f41f2911d48279fbc572ee92a57'],
  [2049, '6608d2a55955bd895f285aa4f20a0116'],
  [5000, '7d5c0b633941ac349cc36f961ee7d42d'],
])('the hash of a file of %i bytes is that of checksums.txt', (size, wanted) => {
  expect(chunkedHash(counted(size))).toBe(wanted);
  expect(hex(twin.chunkedHash(counted(size)))).toBe(wanted);
});

test('the hash of "abc" is that of SQL', () => {
  expect(cityHash64(Buffer.from('abc'))).toBe(0x3a912f483a4ece31n);
});

test('all sizes agree with the definition, at any seed', () => {
  const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), word, word, (bytes, low, high) => {
      expect(cityHash64(bytes)).toBe(twin.cityHash64(bytes));
      expect(cityHash128(bytes)).toBe(hex(twin.cityHash128(bytes)));
      const seeded = hash128(bytes, (source, target) =>
        kernels.cityHash128WithSeed(source, bytes.length, low, high, target),
      );
      expect(seeded).toBe(hex(twin.cityHash128WithSeed(bytes, [low, high])));
    }),
  );
});

test('a file that is hashed piece by piece has the hash of the whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), fc.nat(4), (size, chunksPerPiece) => {
      const bytes = counted(size);
      const pieceBytes = (chunksPerPiece + 1) * hashChunkBytes;
      const pieces = hash128(bytes, (source, state) => {
        for (let at = 0; at < size; at += pieceBytes)
          kernels.chunkedHash(source + at, Math.min(pieceBytes, size - at), state);
      });
      expect(pieces).toBe(chunkedHash(bytes));
    }),
  );
});
