// Strict JSON parsing: refuses what `JSON.parse` would change silently, so that a value comes back exactly as it was sent.

import { MAX_JSON_DEPTH } from './limits.ts';
import { dottedPath } from './path.ts';

const [QUOTE, BACKSLASH, COLON, COMMA, SPACE] = [0x22, 0x5c, 0x3a, 0x2c, 0x20];
const [PLUS, MINUS, POINT, ZERO, NINE] = [0x2b, 0x2d, 0x2e, 0x30, 0x39];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const SMALL_E = 0x65;

// A double gives back every decimal of 15 digits (DBL_DIG of ISO C, 5.2.4.2.2) in this range, and it prints at most 17.
const [FAITHFUL_DIGITS, MOST_DIGITS] = [15, 17];
const [FAITHFUL_FROM, FAITHFUL_BELOW] = [1e-307, 1e308];
/** Most characters of a printed number: `-0.0000012345678901234567`. */
const MOST_PRINTED = 25;

const HALF_A_PAIR = 'a string holds half a surrogate pair';
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * The parsed value; or a fault in one sentence without values, and where it is if the text is JSON at all.
 *
 * `growth`: by how many bytes the printed value is longer than the text, at most. Only a number such as 1e20 grows.
 */
export type StrictJson =
  | { readonly value: unknown; readonly growth: number }
  | { readonly fault: string; readonly paths: readonly string[] };

/** Refuses broken JSON, deep nesting, duplicate names, numbers a double cannot hold, and lone surrogates. */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'the body is not JSON', paths: [] };
  }
  const walked = walk(text, value);
  return typeof walked === 'number' ? { value, growth: walked } : walked;
}

/** An object or array that is open at this point of the text. */
interface Level {
  readonly isObject: boolean;
  /** Names seen so far, from the second on: most hostile objects are many, and have one name or none. */
  names: Set<string> | undefined;
  /** Where the next value belongs: the latest name, or an index. An object without a name yet has none. */
  key: string | number | undefined;
  /** The parsed object or array: `undefined` until it is needed, `null` if it was lost. */
  parsed: Members | null | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** Walks a text that is known to be JSON, so it only needs to tell its parts apart. The growth, or the first fault. */
function walk(text: string, value: unknown): number | Extract<StrictJson, { fault: string }> {
  const codes = codeUnits(text);
  const mayHoldHalves = holdsSurrogateEscape(text) || !text.isWellFormed();
  const levels: Level[] = [];
  const faultAt = (fault: string, depth: number) => ({
    fault,
    paths: [dottedPath(levels.slice(0, depth).map(({ key = '' }) => key))],
  });
  let growth = 0;
  let level: Level | undefined;
  let at = 0;
  while (at < text.length) {
    const code = codeAt(codes, at);
    if (code === QUOTE) {
      const end = endOfString(text, codes, at);
      const colonAt = level?.isObject ? afterSpace(codes, end + 1) : end;
      const isName = codeAt(codes, colonAt) === COLON;
      const raw = isName || mayHoldHalves ? text.slice(at + 1, end) : '';
      if (mayHoldHalves && holdsHalf(raw)) return faultAt(HALF_A_PAIR, isName ? levels.length - 1 : levels.length);
      if (level && isName) {
        const name = decoded(raw);
        const isKnown = level.names?.has(name) ?? level.key === name;
        if (!isKnown && level.names) level.names.add(name);
        else if (!isKnown && typeof level.key === 'string') level.names = new Set([level.key, name]);
        level.key = name;
        if (raw !== name && isMisread(raw, name, containerHere(levels, levels.length, value))) {
          return faultAt('a name would not come back as it was written: send it without escapes', levels.length - 1);
        }
        if (isKnown) return faultAt('an object has the same name twice', levels.length);
      }
      at = isName ? colonAt + 1 : end + 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (levels.length === MAX_JSON_DEPTH) {
        return faultAt(`more than ${MAX_JSON_DEPTH} objects and arrays inside one another`, levels.length);
      }
      const isObject = code === OPEN_OBJECT;
      const insideAt = afterSpace(codes, at + 1);
      // An empty one gets no level: a request can hold a million of them.
      if (codeAt(codes, insideAt) === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        at = insideAt + 1;
      } else {
        level = { isObject, names: undefined, key: isObject ? undefined : 0, parsed: undefined };
        levels.push(level);
        at = insideAt;
      }
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      levels.pop();
      level = levels.at(-1);
      at += 1;
    } else if (code === MINUS || isDigit(code)) {
      const pointAt = afterDigits(codes, at + 1);
      const digitsEnd = codeAt(codes, pointAt) === POINT ? afterDigits(codes, pointAt + 1) : pointAt;
      const end = afterNumber(codes, digitsEnd);
      const isShort = end === digitsEnd && end - at <= FAITHFUL_DIGITS;
      if (!isShort) {
        const parts = { start: at, pointAt, digitsEnd };
        const isKept =
          isFaithful(codes, parts, parsedHere(levels, levels.length, value)) ||
          // Of a name that comes twice, JSON.parse kept the last value only.
          isFaithful(codes, parts, Number(text.slice(at, end)));
        if (!isKept) {
          return faultAt('a number would not come back as it was written: send it as a string', levels.length);
        }
      }
      if (end > digitsEnd) growth += Math.max(0, MOST_PRINTED - (end - at));
      at = end;
    } else if (code <= SPACE) {
      at = afterSpace(codes, at + 1);
    } else {
      if (code === COMMA && typeof level?.key === 'number') level.key += 1;
      at += 1;
    }
  }
  return growth;
}

/** Whether a string of a text, as it is written there, holds half a surrogate pair. */
function holdsHalf(raw: string): boolean {
  return (holdsSurrogateEscape(raw) || !raw.isWellFormed()) && !decoded(raw).isWellFormed();
}

function holdsSurrogateEscape(text: string): boolean {
  return text.includes('\\u') && SURROGATE_ESCAPE.test(text);
}

/** A string as it is written in a text, without its escapes. */
function decoded(raw: string): string {
  return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
}

/**
 * What JSON.parse made of the value that begins here, at a depth; another value or `undefined` where a name that comes twice has
 * lost it. Takes half as long as parsing a number once more.
 */
function parsedHere(levels: readonly Level[], depth: number, root: unknown): unknown {
  const level = levels[depth - 1];
  return level === undefined ? root : containerHere(levels, depth, root)?.[level.key ?? ''];
}

/** The parsed object or array that is open at a depth; `null` if it was lost. */
function containerHere(levels: readonly Level[], depth: number, root: unknown): Members | null {
  const level = levels[depth - 1];
  if (level === undefined) return null;
  if (level.parsed === undefined) {
    const parsed = parsedHere(levels, depth - 1, root);
    // Indexes of a text would lead into it.
    level.parsed = typeof parsed === 'object' ? (parsed as Members) : null;
  }
  return level.parsed;
}

/**
 * Whether JSON.parse took a name with escapes for another one. V8 13.6, that of Node 24, compares it as it is written with the
 * name that such an object had before: after `{"a":1,"\\":1}` it reads the `\n` of `{"a":1,"\n":1}` as a backslash.
 */
function isMisread(raw: string, name: string, container: Members | null): boolean {
  return container !== null && !Object.hasOwn(container, name) && Object.hasOwn(container, raw.slice(0, name.length));
}

/** The UTF-16 code units of a text: a loop over them takes half as long as one over the text. */
function codeUnits(text: string): Uint16Array {
  // Not from the pool of small buffers, which may start anywhere.
  const bytes = Buffer.allocUnsafeSlow(2 * text.length);
  bytes.write(text, 'utf16le');
  return new Uint16Array(bytes.buffer);
}

function codeAt(codes: Uint16Array, at: number): number {
  return codes[at] as number;
}

function endOfString(text: string, codes: Uint16Array, start: number): number {
  const quote = text.indexOf('"', start + 1);
  // An escaped quote is seldom alone: from the start, a step for each escape costs less than a search for each quote.
  return codeAt(codes, quote - 1) === BACKSLASH ? endAfterEscapes(codes, start) : quote;
}

function endAfterEscapes(codes: Uint16Array, start: number): number {
  let at = start + 1;
  for (let code = codeAt(codes, at); code !== QUOTE; code = codeAt(codes, at)) at += code === BACKSLASH ? 2 : 1;
  return at;
}

function afterSpace(codes: Uint16Array, start: number): number {
  let at = start;
  // All white space of JSON lies below the other characters that may follow here.
  while (codeAt(codes, at) <= SPACE) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function afterDigits(codes: Uint16Array, start: number): number {
  let at = start;
  while (isDigit(codeAt(codes, at))) at += 1;
  return at;
}

/** Where a number ends. What may follow it lies below its characters, plus sign excepted, or closes something. */
function afterNumber(codes: Uint16Array, start: number): number {
  let at = start;
  for (let code = codeAt(codes, at); isInNumber(code); code = codeAt(codes, at)) at += 1;
  return at;
}

function isInNumber(code: number): boolean {
  return (code >= MINUS && code !== CLOSE_ARRAY && code !== CLOSE_OBJECT) || code === PLUS;
}

/** Where the parts of a number are. Without a point, `pointAt` is `digitsEnd`; the exponent, if any, begins there. */
interface NumberParts {
  readonly start: number;
  readonly pointAt: number;
  readonly digitsEnd: number;
}

/** Whether a double prints as the same decimal value as the number in the text. */
function isFaithful(codes: Uint16Array, { start, pointAt, digitsEnd }: NumberParts, double: unknown): boolean {
  let first = start;
  // The minus sign and the point lie below zero.
  while (first < digitsEnd && codeAt(codes, first) <= ZERO) first += 1;
  if (first === digitsEnd) return true;
  let last = digitsEnd - 1;
  while (codeAt(codes, last) <= ZERO) last -= 1;
  const digits = last - first + (first < pointAt && pointAt < last ? 0 : 1);
  if (digits > MOST_DIGITS) return false;
  if (typeof double !== 'number') return false;
  const size = Math.abs(double);
  if (digits <= FAITHFUL_DIGITS && size >= FAITHFUL_FROM && size < FAITHFUL_BELOW) return true;
  return isShortest(size, digits, codeAt(codes, last));
}

/** Whether a decimal is the one that its double prints, judged by its count of digits and the last one. */
function isShortest(double: number, digits: number, lastDigit: number): boolean {
  // The same digits as from `String`, which also keeps a cache and takes twice as long.
  const printed = double.toExponential();
  // Digits beyond the first follow a point. `Infinity` has no exponent.
  const exponentAt = digits === 1 ? 1 : digits + 1;
  // No decimal with fewer digits rounds to this double (ECMA-262, 6.1.6.1.20), so none lies between the decimal and the print.
  // If both have the same count of digits, they can differ in the last digit only.
  return printed.charCodeAt(exponentAt) === SMALL_E && printed.charCodeAt(exponentAt - 1) === lastDigit;
}
