// ip-text.ts — addresses as ClickHouse's text, both ways: `1.2.3.4`, `2001:db8::1`.

import { WinnowError } from '../base/errors.ts';

const GROUPS = 8;
const IPV4_PREFIX = [0, 0, 0, 0, 0, 0xffff];

/** `1.2.3.4`; the first number is the highest byte. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** The address of four numbers up to 255, of up to three digits each. Errors: CANNOT_PARSE_IPV4. */
export function parseIpv4(text: string): number {
  const address = ipv4Of(text);
  if (address === undefined) throw new WinnowError('CANNOT_PARSE_IPV4', `'${text}' is not an IPv4 address`);
  return address;
}

export const isIpv4 = (text: string): boolean => ipv4Of(text) !== undefined;

function ipv4Of(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/** The text of the 16 bytes at `start`: the first longest run of zero groups is `::`, an IPv4 address stands at the end as one. */
export function formatIpv6(bytes: Uint8Array, start: number): string {
  const groups = Array.from(
    { length: GROUPS },
    (_, i) => (bytes[start + 2 * i]! << 8) | bytes[start + 2 * i + 1]!,
  );
  const run = longestZeroRun(groups);
  const holdsIpv4 = run.start === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  const tail = holdsIpv4 ? [formatIpv4(groups[6]! * 65_536 + groups[7]!)] : [];
  const hex = groups.slice(0, GROUPS - 2 * tail.length).map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${[...hex.slice(run.start + run.length), ...tail].join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: i + 1 - length, length };
  }
  return longest;
}

/** The 16 bytes of an address; an IPv4 address is the one that IPv6 has for it. Errors: CANNOT_PARSE_IPV6. */
export function parseIpv6(text: string): Buffer {
  const groups = ipv6Of(text) ?? mappedIpv4(text);
  if (!groups) throw new WinnowError('CANNOT_PARSE_IPV6', `'${text}' is not an IPv6 address`);
  return bytesOf(groups);
}

export const isIpv6 = (text: string): boolean => ipv6Of(text) !== undefined;

/** The address that IPv6 has for an IPv4 address: `::ffff:1.2.3.4`. */
export function ipv6OfIpv4(address: number): Buffer {
  return bytesOf([...IPV4_PREFIX, ...groupsOfIpv4(address)]);
}

/** The IPv4 address that the 16 bytes at `start` stand for; undefined for others. */
export function ipv4OfIpv6(bytes: Buffer, start: number): number | undefined {
  const mapped = IPV4_PREFIX.every((group, i) => bytes.readUInt16BE(start + 2 * i) === group);
  return mapped ? bytes.readUInt32BE(start + 12) : undefined;
}

function mappedIpv4(text: string): number[] | undefined {
  const address = ipv4Of(text);
  return address === undefined ? undefined : [...IPV4_PREFIX, ...groupsOfIpv4(address)];
}

const groupsOfIpv4 = (address: number): number[] => [address >>> 16, address & 0xffff];

function ipv6Of(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => groupsOf(half, i === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === GROUPS ? head : undefined;
  if (!tail || head.length + tail.length >= GROUPS) return undefined;
  return [...head, ...new Array<number>(GROUPS - head.length - tail.length).fill(0), ...tail];
}

/** The groups between colons; the last may be an IPv4 address, which makes two. */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const address = isEnd && i === parts.length - 1 ? ipv4Of(part) : undefined;
    if (address !== undefined) groups.push(...groupsOfIpv4(address));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function bytesOf(groups: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * GROUPS);
  for (const [i, group] of groups.entries()) bytes.writeUInt16BE(group, 2 * i);
  return bytes;
}
