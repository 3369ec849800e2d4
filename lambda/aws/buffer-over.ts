// Bytes that an SDK client returns, as a Buffer.

/** A view, not a copy, so that zero-filling it leaves nothing behind. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
