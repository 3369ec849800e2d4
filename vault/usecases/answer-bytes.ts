// How many bytes an entry takes in the answer that returns it.

/** Bytes of an entry's JSON text and of JSON pointers into it. */
export function answerBytes(entry: unknown, pointers: Iterable<string>): number {
  let bytes = Buffer.byteLength(JSON.stringify(entry) ?? '');
  for (const pointer of pointers) bytes += Buffer.byteLength(pointer);
  return bytes;
}
