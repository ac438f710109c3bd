// sparse.ts — sparse columns of parts: how many rows with the default lie before each value.
//
//   per run of rows: LEB128 each of the defaults before a value, and at the end LEB128 of 2^62 + the defaults behind the last

const endFlag: u64 = 1 << 62;
/** Most bytes of a number below 2^63. */
const maxVarintBytes: u32 = 9;

/** See Kernels.sparseRows. */
export function sparseRows(source: usize, sourceBytes: u32, rowCount: u32, sources: usize, rows: usize): i64 {
  const end = source + sourceBytes;
  if (sources != 0) {
    memory.fill(sources, 0, (<usize>rowCount) << 1);
    memory.fill(rows, 0, (<usize>rowCount) << 2);
  }
  let from = source;
  let row: u64 = 0;
  let valueCount: u32 = 0;
  // Every run ends with its flag, also the last one.
  for (let isOpen = false; isOpen || row < rowCount;) {
    let number: u64 = 0;
    const last = min(end, from + maxVarintBytes);
    let byte: u64 = 128;
    for (let shift: u64 = 0; byte >= 128; shift += 7) {
      if (from >= last) return -1;
      byte = <u64>load<u8>(from++);
      number |= (byte & 127) << shift;
    }
    isOpen = number < endFlag;
    row += number & (endFlag - 1);
    if (row > rowCount || (isOpen && row == rowCount)) return -1;
    if (!isOpen) continue;
    if (sources != 0) {
      store<u16>(sources + ((<usize>row) << 1), 1);
      store<u32>(rows + ((<usize>row) << 2), valueCount);
    }
    valueCount++;
    row++;
  }
  return ((<i64>(from - source)) << 32) | <i64>valueCount;
}
