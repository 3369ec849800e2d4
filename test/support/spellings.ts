// Every way in which a secret may turn up in bytes that someone wrote down.

/** The bytes themselves, in hex, in base64 and base64url wherever in a text they begin, and escaped as JSON. */
export function spellingsOf(secret: string | Buffer): Buffer[] {
  const bytes = Buffer.from(secret);
  const spelled = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64At(bytes, 'base64'),
    ...base64At(bytes, 'base64url'),
    ...(typeof secret === 'string' ? escapedTexts(secret) : []),
  ];
  return [bytes, ...[...new Set(spelled)].map((text) => Buffer.from(text))];
}

/** What base64 makes of the bytes after 0, 1 or 2 others, without the characters that depend on the neighbours. */
function base64At(bytes: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString(encoding)
      .replaceAll('=', '');
    const wholeEnd = Math.floor((8 * (before + bytes.length)) / 6);
    return text.slice(before === 0 ? 0 : before + 1, wholeEnd);
  });
}

/** Once and twice escaped, with and without the characters that are not ASCII, and percent-encoded. */
function escapedTexts(text: string): string[] {
  const escaped = (part: string) => JSON.stringify(part).slice(1, -1);
  const ascii = (part: string) =>
    part.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const [once, onceAscii] = [escaped(text), ascii(escaped(text))];
  return [once, escaped(once), onceAscii, escaped(onceAscii), encodeURIComponent(text)];
}
