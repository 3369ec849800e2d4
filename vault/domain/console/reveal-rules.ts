// What a person must give to reveal a value, and how often people may.

/** Characters (UTF-16 code units) of a reason. */
export const REASON_LENGTH = { min: 8, max: 500 } as const;
/** What a ticket looks like: `INC-1234`, or its number. */
export const TICKET_SHAPE = /^[\w#./-]{1,64}$/;
/** Reveals in one minute, of all people and apps together. */
export const REVEALS_PER_MINUTE = 60;
/** Name in the audit log of the integration that a reveal stands for. No settings can take it from an app's own. */
export const CONSOLE_INTEGRATION = 'console';
/** Bytes of a blob that the Console shows: the page holds all of it. */
export const MAX_SHOWN_BLOB_BYTES = 16 * 1024 ** 2;
