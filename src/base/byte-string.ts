/** The bytes from `start` on as a string of one character per byte: the order is that of the bytes. */
export const byteString = (bytes: Uint8Array, start = 0): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', start);
