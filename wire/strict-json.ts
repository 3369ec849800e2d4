// JSON that comes back as it went in: what `JSON.parse` would change without a word is refused here.

import { MAX_JSON_DEPTH } from './limits.ts';

/** The parsed value, or what is wrong with the text: a sentence with a position, never a value. */
export type StrictJson = { value: unknown } | { fault: string };

/** Refuses broken JSON, deep nesting, duplicate names, numbers a double cannot hold, and lone surrogates. */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'the body is not JSON' };
  }
  const fault = findFault(text);
  return fault === undefined ? { value } : { fault };
}

/** Walks a text that is known to be JSON, so it only needs to tell tokens apart. */
function findFault(text: string): string | undefined {
  const namesSeen: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      const raw = text.slice(at + 1, end);
      const decoded: string = raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw;
      if (!decoded.isWellFormed()) return `the string at character ${at} holds half a surrogate pair`;
      at = end + 1;
      const names = namesSeen.at(-1);
      if (names && isName(text, at)) {
        if (names.has(decoded)) return `the object around character ${end} has the same name twice`;
        names.add(decoded);
      }
    } else if (char === '{' || char === '[') {
      if (namesSeen.push(char === '{' ? new Set() : undefined) > MAX_JSON_DEPTH) {
        return `more than ${MAX_JSON_DEPTH} objects and arrays inside one another`;
      }
      at += 1;
    } else if (char === '}' || char === ']') {
      namesSeen.pop();
      at += 1;
    } else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) {
      const end = endOfNumber(text, at);
      if (!isFaithful(text.slice(at, end))) {
        return `the number at character ${at} would not come back as it was written: send it as a string`;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && '0123456789+-.eE'.includes(text[end] ?? ' ')) end += 1;
  return end;
}

/** In JSON only a name is followed by a colon. */
function isName(text: string, after: number): boolean {
  let at = after;
  while (' \t\n\r'.includes(text[at] ?? '_')) at += 1;
  return text[at] === ':';
}

/** Whether the double nearest to the number prints as the same decimal value. */
function isFaithful(source: string): boolean {
  const printed = String(Number(source));
  return printed === source || decimal(printed) === decimal(source);
}

/** A decimal as `digits e exponent` without outer zeros; `undefined` for what is not finite. */
function decimal(source: string): string | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(source);
  if (!parts) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = (whole + fraction).replace(/^0+/, '');
  // The look-behind keeps it linear: without it every zero in the middle would start a search of its own.
  const significant = digits.replace(/(?<!0)0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`;
}
