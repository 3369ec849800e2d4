// Strict JSON parsing: refuses what `JSON.parse` would change silently, so that a value comes back exactly as it was sent.

import { MAX_JSON_DEPTH } from './limits.ts';
import { dottedPath } from './path.ts';

const [QUOTE, BACKSLASH, COLON, COMMA, SPACE] = [0x22, 0x5c, 0x3a, 0x2c, 0x20];
const [PLUS, MINUS, POINT, ZERO] = [0x2b, 0x2d, 0x2e, 0x30];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

// A double gives back every decimal of 15 digits (DBL_DIG of ISO C, 5.2.4.2.2) from 1e-307 to 1e308.
const FAITHFUL_DIGITS = 15;
// It prints at most 17. A number counts up to 2 ** 53 exactly, so two hold them.
const [HEAD_DIGITS, MOST_DIGITS] = [9, 17];
const [LEAST_EXPONENT, MOST_EXPONENT] = [-306, 308];
const POWERS_OF_TEN = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

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
      const isShort = !isInNumber(text.charCodeAt(end)) && end - at <= FAITHFUL_DIGITS;
      while (isInNumber(text.charCodeAt(end))) end += 1;
      if (!isShort && !isFaithful(text, at, end)) {
        return faultAt('a number would not come back as it was written: send it as a string', levels.length);
      }
      at = end;
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

/** Whether the double nearest to the number between two places prints as the same decimal value. */
function isFaithful(text: string, start: number, end: number): boolean {
  // Printing a double takes four times as long as parsing it: few numbers as short as this one need it.
  if (end - start <= FAITHFUL_DIGITS + 1 && holdsEveryDigit(decimalIn(text, start, end))) return true;
  const number = text.slice(start, end);
  const printed = String(Number(number));
  // Most programs print doubles as JavaScript does.
  if (printed === number) return true;
  const [written, back] = [decimalIn(text, start, end), decimalIn(printed, 0, printed.length)];
  return written?.head === back?.head && written?.tail === back?.tail && written?.exponent === back?.exponent;
}

/** Whether a double gives back the decimal, by its size alone. */
function holdsEveryDigit(decimal: Decimal | undefined): boolean {
  if (!decimal) return false;
  const { tail, exponent } = decimal;
  return tail % 100 === 0 && exponent >= LEAST_EXPONENT && exponent <= MOST_EXPONENT;
}

/** A decimal without its sign, as `0.digits * 10 ** exponent`: its first nine digits, and eight more. Zero is all zeros. */
interface Decimal {
  readonly head: number;
  readonly tail: number;
  readonly exponent: number;
}

const ZERO_DECIMAL: Decimal = { head: 0, tail: 0, exponent: 0 };

/** The decimal between two places; `undefined` for one of more digits than 17, which no double prints (ECMA-262, 6.1.6.1.20). */
function decimalIn(text: string, start: number, end: number): Decimal | undefined {
  let [head, tail, digits, exponent] = [0, 0, 0, 0];
  let hasPoint = false;
  let at = start;
  for (; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (isDigit(char)) {
      // Zeros in front are no digits, but behind the point they count.
      if (digits > 0 || char !== ZERO) digits += 1;
      if (digits <= HEAD_DIGITS) head = head * 10 + char - ZERO;
      else if (digits <= MOST_DIGITS) tail = tail * 10 + char - ZERO;
      else if (char !== ZERO) return undefined;
      if (hasPoint ? digits === 0 : digits > 0) exponent += hasPoint ? -1 : 1;
    } else if (char === POINT) hasPoint = true;
    else if (char !== MINUS) break;
  }
  if (digits === 0) return ZERO_DECIMAL;
  if (digits < HEAD_DIGITS) head *= tenTo(HEAD_DIGITS - digits);
  else if (digits < MOST_DIGITS) tail *= tenTo(MOST_DIGITS - digits);
  return { head, tail, exponent: exponent + powerAfter(text, at, end) };
}

/** A power of ten from 1 to 10 ** 9, exactly. */
function tenTo(power: number): number {
  return POWERS_OF_TEN[power] ?? Number.NaN;
}

/** The number after the `e` of a decimal; 0 when there is none. */
function powerAfter(text: string, start: number, end: number): number {
  if (start === end) return 0;
  let power = 0;
  for (let at = start + 1; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (isDigit(char)) power = power * 10 + char - ZERO;
  }
  return text.charCodeAt(start + 1) === MINUS ? -power : power;
}
