// Reads the XML answers of AWS.

import { parseXML } from '@aws-sdk/xml-builder';

/** The document, parsed as AWS's own clients do; `undefined` for what is no XML. */
export function parsedXml(text: string): unknown {
  try {
    return parseXML(text);
  } catch {
    return undefined;
  }
}

/** The text of an element that exists exactly once. */
export function textAt(root: unknown, ...path: readonly string[]): string | undefined {
  let element = root;
  for (const name of path) {
    if (typeof element !== 'object' || element === null || !Object.hasOwn(element, name)) return undefined;
    element = Reflect.get(element, name);
  }
  return typeof element === 'string' ? element : undefined;
}
