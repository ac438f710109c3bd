/** Edit distance that counts a swap of neighbours as one step (GRUOP → GROUP is 1). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** The candidate nearest to `word` when it is near enough to be a slip of the hand. Case does not count. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Short words are near to everything.
  let allowed = word.length < 2 ? 0 : word.length < 6 ? 1 : 2;
  let found: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(word.toUpperCase(), candidate.toUpperCase());
    if (distance > 0 && (distance < allowed || (distance === allowed && found === undefined))) {
      found = candidate;
      allowed = distance;
    }
  }
  return found;
}
