// ISO/IEC 7816-4 padding: a stored length tells a value's length only to the next 32 bytes.

/** Padded lengths are multiples of this many bytes. */
export const PAD_TO_BYTES = 32;

const MARK = 0x80;

/** The text in UTF-8, one 0x80, then zeros up to the next multiple of 32 bytes. The caller zero-fills it. */
export function padded(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const out = Buffer.alloc(Math.ceil((bytes + 1) / PAD_TO_BYTES) * PAD_TO_BYTES);
  out.write(text);
  out[bytes] = MARK;
  return out;
}

/** The text, or `undefined` when the padding is not ours. */
export function unpadded(bytes: Buffer): string | undefined {
  let end = bytes.length - 1;
  // Stops before the first byte at the latest, where the value is undefined and neither 0 nor the mark.
  while (bytes[end] === 0) end -= 1;
  if (bytes[end] !== MARK || bytes.length % PAD_TO_BYTES !== 0 || bytes.length - end > PAD_TO_BYTES) {
    return undefined;
  }
  return bytes.toString('utf8', 0, end);
}
