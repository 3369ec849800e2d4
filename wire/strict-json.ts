// Strict JSON parsing: refuses what `JSON.parse` would change silently, so that a value comes back exactly as it was sent.

import { MAX_JSON_DEPTH } from './limits.ts';
import { dottedPath } from './path.ts';

const [QUOTE, BACKSLASH, COLON, COMMA, SPACE] = [0x22, 0x5c, 0x3a, 0x2c, 0x20];
const [PLUS, MINUS, POINT, ZERO] = [0x2b, 0x2d, 0x2e, 0x30];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

// A double gives back every decimal of 15 digits (DBL_DIG of ISO C, 5.2.4.2.2) in this range, and it prints at most 17.
const [FAITHFUL_DIGITS, MOST_DIGITS] = [15, 17];
const [FAITHFUL_FROM, FAITHFUL_BELOW] = [1e-307, 1e308];

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

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
  readonly isObject: boolean;
  /** Names seen so far, from the second on: most hostile objects are many, and have one name or none. */
  names: Set<string> | undefined;
  /** Where the next value belongs: the latest name, or an index. An object without a name yet has none. */
  key: string | number | undefined;
}

/** Walks a text that is known to be JSON, so it only needs to tell its parts apart. */
function findFault(text: string): StrictJson | undefined {
  const levels: Level[] = [];
  const faultAt = (fault: string, depth: number) => ({
    fault,
    paths: [dottedPath(levels.slice(0, depth).map(({ key = '' }) => key))],
  });
  const isWellFormed = text.isWellFormed();
  let level: Level | undefined;
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at);
      const raw = text.slice(at + 1, end);
      at = end + 1;
      const colonAt = level?.isObject ? afterSpace(text, at) : at;
      const isName = level?.isObject === true && text.charCodeAt(colonAt) === COLON;
      // A value needs decoding only for escapes that can make half a pair, a name for all: it is compared.
      const isDecoded = isName ? !raw.includes('\\') : !raw.includes('\\u') || !SURROGATE_ESCAPE.test(raw);
      const decoded = isDecoded ? raw : String(JSON.parse(`"${raw}"`));
      if ((!isWellFormed || decoded !== raw) && !decoded.isWellFormed()) {
        return faultAt('a string holds half a surrogate pair', isName ? levels.length - 1 : levels.length);
      }
      if (level && isName) {
        const isKnown = level.names?.has(decoded) ?? level.key === decoded;
        if (isKnown) {
          level.key = decoded;
          return faultAt('an object has the same name twice', levels.length);
        }
        if (level.names) level.names.add(decoded);
        else if (typeof level.key === 'string') level.names = new Set([level.key, decoded]);
        level.key = decoded;
        at = colonAt + 1;
      }
    } else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      if (levels.length === MAX_JSON_DEPTH) {
        return faultAt(`more than ${MAX_JSON_DEPTH} objects and arrays inside one another`, levels.length);
      }
      const isObject = char === OPEN_OBJECT;
      level = { isObject, names: undefined, key: isObject ? undefined : 0 };
      levels.push(level);
      at += 1;
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) {
      levels.pop();
      level = levels.at(-1);
      at += 1;
    } else if (char === MINUS || isDigit(char)) {
      let end = at + 1;
      while (isDigit(text.charCodeAt(end)) || text.charCodeAt(end) === POINT) end += 1;
      const digitsEnd = end;
      while (isInNumber(text.charCodeAt(end))) end += 1;
      const isShort = end === digitsEnd && end - at <= FAITHFUL_DIGITS;
      if (!isShort && !isFaithful(text, at, digitsEnd, end)) {
        return faultAt('a number would not come back as it was written: send it as a string', levels.length);
      }
      at = end;
    } else if (char <= SPACE) {
      at = afterSpace(text, at + 1);
    } else {
      if (char === COMMA && typeof level?.key === 'number') level.key += 1;
      at += 1;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  const quote = text.indexOf('"', start + 1);
  // An escaped quote is seldom alone: from the start, a step for each escape costs less than a search for each quote.
  return text.charCodeAt(quote - 1) === BACKSLASH ? endAfterEscapes(text, start) : quote;
}

function endAfterEscapes(text: string, start: number): number {
  let at = start + 1;
  for (let char = text.charCodeAt(at); char !== QUOTE; char = text.charCodeAt(at)) at += char === BACKSLASH ? 2 : 1;
  return at;
}

function afterSpace(text: string, start: number): number {
  let at = start;
  // All white space of JSON lies below the other characters that may follow here.
  while (text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39;
}

/** Whether a number goes on. What may follow it lies below its characters, plus sign excepted, or closes something. */
function isInNumber(char: number): boolean {
  return (char >= MINUS && char !== CLOSE_ARRAY && char !== CLOSE_OBJECT) || char === PLUS;
}

/** Whether the double nearest to a number prints as the same decimal value. The exponent, if any, begins at `digitsEnd`. */
function isFaithful(text: string, start: number, digitsEnd: number, end: number): boolean {
  let first = start;
  // The minus sign and the point lie below zero.
  while (first < digitsEnd && text.charCodeAt(first) <= ZERO) first += 1;
  if (first === digitsEnd) return true;
  let last = digitsEnd - 1;
  while (text.charCodeAt(last) <= ZERO) last -= 1;
  const digits = last - first + (text.slice(first, last).includes('.') ? 0 : 1);
  if (digits > MOST_DIGITS) return false;
  const size = Math.abs(Number(text.slice(start, end)));
  if (digits <= FAITHFUL_DIGITS && size >= FAITHFUL_FROM && size < FAITHFUL_BELOW) return true;
  return isShortest(size, digits, text.charCodeAt(last));
}

/** Whether a decimal is the one that its double prints, judged by its count of digits and the last one. */
function isShortest(double: number, digits: number, lastDigit: number): boolean {
  // The same digits as from `String`, which also keeps a cache and takes twice as long.
  const printed = double.toExponential();
  // `Infinity` has no exponent, and no count of digits.
  const exponentAt = printed.indexOf('e');
  const printedDigits = exponentAt === 1 ? 1 : exponentAt - 1;
  // No decimal with fewer digits rounds to this double (ECMA-262, 6.1.6.1.20), so none lies between the decimal and the print.
  // If both have the same count of digits, they can differ in the last digit only.
  return printedDigits === digits && printed.charCodeAt(exponentAt - 1) === lastDigit;
}
