// Strict JSON parsing: refuses what `JSON.parse` would change silently, so that a value comes back exactly as it was sent.

import { MAX_JSON_DEPTH } from './limits.ts';
import { dottedPath } from './path.ts';

/** The parsed value; or a fault in one sentence without values, and where it is if the text is JSON at all. */
export type StrictJson = { readonly value: unknown } | { readonly fault: string; readonly paths: readonly string[] };

/** Refuses broken JSON, deep nesting, duplicate names, numbers a double cannot hold, and lone surrogates. */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'the body is not JSON', paths: [] };
  }
  return findFault(text) ?? { value };
}

/** An object or array that is open at this point of the text. */
interface Level {
  /** Names seen so far; an array has none. */
  readonly names: Set<string> | undefined;
  /** Where the next value belongs: the latest name, or an index. */
  key: string | number;
}

/** Walks a text that is known to be JSON, so it only needs to tell its parts apart. */
function findFault(text: string): StrictJson | undefined {
  const levels: Level[] = [];
  const faultAt = (fault: string, depth: number) => ({
    fault,
    paths: [dottedPath(levels.slice(0, depth).map(({ key }) => key))],
  });
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    const level = levels.at(-1);
    if (char === '"') {
      const end = endOfString(text, at);
      const raw = text.slice(at + 1, end);
      const decoded: string = raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw;
      at = end + 1;
      const isAName = level?.names !== undefined && isName(text, at);
      if (!decoded.isWellFormed()) {
        return faultAt('a string holds half a surrogate pair', isAName ? levels.length - 1 : levels.length);
      }
      if (isAName) {
        level.key = decoded;
        if (level.names.has(decoded)) return faultAt('an object has the same name twice', levels.length);
        level.names.add(decoded);
      }
    } else if (char === '{' || char === '[') {
      if (levels.length === MAX_JSON_DEPTH) {
        return faultAt(`more than ${MAX_JSON_DEPTH} objects and arrays inside one another`, levels.length);
      }
      levels.push(char === '{' ? { names: new Set(), key: '' } : { names: undefined, key: 0 });
      at += 1;
    } else if (char === '}' || char === ']') {
      levels.pop();
      at += 1;
    } else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) {
      const end = endOfNumber(text, at);
      if (!isFaithful(text.slice(at, end))) {
        return faultAt('a number would not come back as it was written: send it as a string', levels.length);
      }
      at = end;
    } else {
      if (char === ',' && typeof level?.key === 'number') level.key += 1;
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
  // The look-behind keeps this linear: without it, each zero in the middle would start another search.
  const significant = digits.replace(/(?<!0)0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`;
}
