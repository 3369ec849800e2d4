// The operations of a vault: the one list that routes, trust, SDK, command line and documents read.

/** Each operation, and the function that serves it. Every operation is a route. */
export const FUNCTION_OF = {
  encrypt: 'encrypt',
  decrypt: 'decrypt',
  incoming: 'encrypt',
  outgoing: 'decrypt',
  explain: 'encrypt',
  erase: 'erase',
  'seal-blob': 'encrypt',
  'open-blob': 'decrypt',
} as const;

/** What a caller can ask a vault to do. */
export type Operation = keyof typeof FUNCTION_OF;
/** A function that serves operations. */
export type FunctionName = (typeof FUNCTION_OF)[Operation];
/** The operations that a function serves. */
export type ServedBy<Name extends FunctionName> = {
  [Each in Operation]: (typeof FUNCTION_OF)[Each] extends Name ? Each : never;
}[Operation];

/** Every operation. */
export const OPERATIONS = Object.keys(FUNCTION_OF) as readonly Operation[];

/** Whether this text is the name of an operation. */
export function isOperation(name: string): name is Operation {
  return Object.hasOwn(FUNCTION_OF, name);
}
