// roaring.ts — one Roaring bitmap as bytes: the portable serialization of the Roaring format specification.
//
// Rows are grouped by 65,536 into containers, of which empty ones are left out:
//   cookie       with runs: u16 12347 · u16 containers - 1 · one bit per container: it is made of runs
//                without:   u32 12346 · u32 containers
//   per container: number u16 · rows - 1 u16
//   without runs, or of 4 containers and more: where each begins, u32
//   containers: positions u16 each (up to 4096 rows) · 8192 bytes of bits, low bit first (more rows)
//               · number of runs u16, then first position u16 and how many follow it u16 each

import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';

export const CONTAINER_ROWS = 65_536;
export const CONTAINER_BYTES = 8192;
const MAX_POSITIONS = 4096;
const COOKIE = 12_346;
const COOKIE_WITH_RUNS = 12_347;
const MIN_CONTAINERS_WITH_OFFSETS = 4;

export type Container = {
  /** Its first row, divided by 65,536. */
  readonly number: number;
  readonly rowCount: number;
  readonly hasRuns: boolean;
  readonly bytes: Buffer;
};

/** The smallest container of positions, ascending and in the kernels' memory, of which there is at least one. */
export function containerOf(number: number, positions: Uint16Array, arena: Arena): Container {
  const { kernels } = kernelRuntime();
  const { byteOffset, length: rowCount } = positions;
  const runCount = kernels.countRuns(byteOffset, rowCount);
  const runBytes = 2 + 4 * runCount;
  const plainBytes = rowCount <= MAX_POSITIONS ? 2 * rowCount : CONTAINER_BYTES;
  const container = { number, rowCount, hasRuns: runBytes < plainBytes };
  if (container.hasRuns) {
    const runs = arena.bytes(4 * runCount);
    kernels.putRuns(byteOffset, rowCount, runs.byteOffset);
    return { ...container, bytes: Buffer.concat([u16(runCount), runs]) };
  }
  if (rowCount <= MAX_POSITIONS)
    return { ...container, bytes: Buffer.from(new Uint8Array(positions.buffer, byteOffset, plainBytes)) };
  const bits = arena.bytes(CONTAINER_BYTES).fill(0);
  kernels.setPositions(byteOffset, rowCount, bits.byteOffset);
  return { ...container, bytes: Buffer.from(bits) };
}

/** `containers` ascend by number. */
export function encodeRoaring(containers: readonly Container[]): Buffer {
  const count = containers.length;
  const hasRuns = containers.some((container) => container.hasRuns);
  const head = hasRuns
    ? [u16(COOKIE_WITH_RUNS), u16(count - 1), runFlags(containers)]
    : [u32(COOKIE), u32(count)];
  for (const { number, rowCount } of containers) head.push(u16(number), u16(rowCount - 1));
  if (!hasRuns || count >= MIN_CONTAINERS_WITH_OFFSETS) {
    let at = head.reduce((total, { length }) => total + length, 0) + 4 * count;
    for (const { bytes } of containers) {
      head.push(u32(at));
      at += bytes.length;
    }
  }
  return Buffer.concat([...head, ...containers.map(({ bytes }) => bytes)]);
}

/**
 * Sets the bits of a bitmap's rows; how many rows it says it has. `bytes` and `bits` lie in the kernels' memory, `bits`
 * being whole containers. Errors: CorruptionError naming the file, with some bits set.
 */
export function uniteRoaring(bytes: Buffer, bits: Uint8Array, file: string): number {
  const { containers, end } = readHead(bytes, bits.length / CONTAINER_BYTES, file);
  let at = end;
  for (const container of containers) at = unite(container, bytes, at, bits, file);
  requireThat(at === bytes.length, file, `a bitmap of ${at} bytes`, bytes.length);
  return containers.reduce((total, { rowCount }) => total + rowCount, 0);
}

type Described = Omit<Container, 'bytes'>;

function readHead(
  bytes: Buffer,
  maxContainers: number,
  file: string,
): { containers: Described[]; end: number } {
  requireThat(bytes.length >= 8, file, 'a bitmap', `${bytes.length} bytes`);
  const hasRuns = bytes.readUInt16LE(0) === COOKIE_WITH_RUNS;
  requireThat(
    hasRuns || bytes.readUInt32LE(0) === COOKIE,
    file,
    'the cookie of a bitmap',
    bytes.readUInt32LE(0),
  );
  const count = hasRuns ? bytes.readUInt16LE(2) + 1 : bytes.readUInt32LE(4);
  requireThat(count <= maxContainers, file, `up to ${maxContainers} containers`, count);
  const flags = hasRuns ? 4 : 0;
  const described = hasRuns ? 4 + Math.ceil(count / 8) : 8;
  const hasOffsets = !hasRuns || count >= MIN_CONTAINERS_WITH_OFFSETS;
  const end = described + (hasOffsets ? 8 : 4) * count;
  requireThat(end <= bytes.length, file, `${end} bytes of a bitmap`, bytes.length);
  const containers = Array.from({ length: count }, (_, i) => ({
    number: bytes.readUInt16LE(described + 4 * i),
    rowCount: bytes.readUInt16LE(described + 4 * i + 2) + 1,
    hasRuns: hasRuns && (bytes[flags + (i >> 3)]! & (1 << (i & 7))) !== 0,
  }));
  const ascend = containers.every(({ number }, i) => i === 0 || number > containers[i - 1]!.number);
  const last = containers.at(-1)?.number ?? 0;
  requireThat(ascend && last < maxContainers, file, 'ascending containers of the part', `container ${last}`);
  return { containers, end };
}

/** Where the container ends. */
function unite(
  { number, rowCount, hasRuns }: Described,
  bytes: Buffer,
  at: number,
  bits: Uint8Array,
  file: string,
): number {
  const { kernels } = kernelRuntime();
  const target = bits.byteOffset + CONTAINER_BYTES * number;
  const require = (sizeBytes: number): void =>
    requireThat(at + sizeBytes <= bytes.length, file, `a container of ${sizeBytes} bytes`, bytes.length - at);
  if (hasRuns) {
    require(2);
    const runCount = bytes.readUInt16LE(at);
    require(2 + 4 * runCount);
    kernels.setRuns(bytes.byteOffset + at + 2, runCount, target);
    return at + 2 + 4 * runCount;
  }
  if (rowCount <= MAX_POSITIONS) {
    require(2 * rowCount);
    kernels.setPositions(bytes.byteOffset + at, rowCount, target);
    return at + 2 * rowCount;
  }
  require(CONTAINER_BYTES);
  kernels.maskOr(target, bytes.byteOffset + at, CONTAINER_BYTES, target);
  return at + CONTAINER_BYTES;
}

function runFlags(containers: readonly Container[]): Buffer {
  const flags = Buffer.alloc(Math.ceil(containers.length / 8));
  containers.forEach(({ hasRuns }, i) => {
    if (hasRuns) flags[i >> 3]! |= 1 << (i & 7);
  });
  return flags;
}

function u16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function requireThat(holds: boolean, file: string, expected: string, found: number | string): void {
  if (!holds) throw new CorruptionError(file, expected, String(found));
}
