// Values of a settings document that are known at deployment only: numbered placeholders in it, and the values beside it.

/** What stands for the value with a number. */
const PLACEHOLDER = /^@value:(\d{1,6})$/;

export interface TakenValues {
  /** The document with a placeholder in the place of each value. */
  readonly document: unknown;
  /** Each value once, by its number. */
  readonly values: readonly string[];
}

/** Takes the texts out of a document that `isLate` names. A text that looks like a placeholder is taken out too. */
export function takeValues(document: unknown, isLate: (text: string) => boolean): TakenValues {
  const numbers = new Map<string, number>();
  const taken = mapTexts(document, (text) => {
    if (!isLate(text) && !PLACEHOLDER.test(text)) return text;
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return `@value:${number}`;
  });
  return { document: taken, values: [...numbers.keys()] };
}

/** The document with its values. @throws RangeError for a placeholder without a value. */
export function putValues(document: unknown, values: readonly string[]): unknown {
  return mapTexts(document, (text) => {
    const number = PLACEHOLDER.exec(text)?.[1];
    if (number === undefined) return text;
    const value = values[Number(number)];
    if (value === undefined) throw new RangeError(`the settings have no value number ${number}`);
    return value;
  });
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapTexts(member, map)]));
}
