// aggregate-result.ts — what sums and counts of groups come to.

/** Sums of 64 bits, signed, as the nearest floats. */
export function floatsOfSums(sums: usize, groupCount: usize, into: usize): void {
  for (let group: usize = 0; group < groupCount; group++) {
    store<f64>(into + (group << 3), <f64>load<i64>(sums + (group << 3)));
  }
}

/** See Kernels.floatsOfSums. */
export function floatsOfUnsignedSums(sums: usize, groupCount: usize, into: usize): void {
  for (let group: usize = 0; group < groupCount; group++) {
    store<f64>(into + (group << 3), <f64>load<u64>(sums + (group << 3)));
  }
}

/** Sums of 128 bits, signed, as the nearest floats. */
export function floatsOfWideSums(sums: usize, groupCount: usize, into: usize): void {
  for (let group: usize = 0; group < groupCount; group++) {
    const low = load<u64>(sums + (group << 4));
    store<f64>(into + (group << 3), nearestFloat(low, load<i64>(sums + (group << 4), 8)));
  }
}

function nearestFloat(low: u64, high: i64): f64 {
  if (high == <i64>low >> 63) return <f64>(<i64>low);
  const negative = high < 0;
  const absoluteLow = negative ? 0 - low : low;
  const absoluteHigh = negative ? ~(<u64>high) + <u64>(low == 0) : <u64>high;
  if (absoluteHigh == 0) return negative ? -(<f64>absoluteLow) : <f64>absoluteLow;
  // The highest 64 bits that are not 0; what lies below them only decides ties, for which one bit is enough.
  const shift = clz<u64>(absoluteHigh);
  const top = shift == 0 ? absoluteHigh : (absoluteHigh << shift) | (absoluteLow >> (64 - shift));
  const rest = absoluteLow << shift;
  const float = <f64>(top | <u64>(rest != 0)) * <f64>((<u64>1) << (63 - shift)) * 2;
  return negative ? -float : float;
}

/** Sums divided by `unit` (10^scale for decimals, else 1) and by counts. NaN where the count is 0. */
export function averagesOf(sums: usize, counts: usize, unit: f64, groupCount: usize, into: usize): void {
  for (let group: usize = 0; group < groupCount; group++) {
    const sum = load<f64>(sums + (group << 3));
    store<f64>(into + (group << 3), sum / unit / <f64>load<u64>(counts + (group << 3)));
  }
}
