// like-pattern.ts — what a LIKE pattern says without being run.

/** The pattern up to its first wildcard, unescaped, and what follows. */
export function literalPrefix(pattern: Buffer): { prefix: Buffer; rest: string } {
  const prefix: number[] = [];
  let at = 0;
  for (; at < pattern.length; at++) {
    const character = String.fromCharCode(pattern[at]!);
    if (character === '%' || character === '_') break;
    if (character === '\\' && at + 1 < pattern.length) {
      // What a backslash means before anything else is left to the filter.
      if (!'%_\\'.includes(String.fromCharCode(pattern[at + 1]!))) break;
      at++;
    }
    prefix.push(pattern[at]!);
  }
  return { prefix: Buffer.from(prefix), rest: pattern.toString('latin1', at) };
}
