// Types of lock.mjs, for the TypeScript that uses it.

export function takeLock(file: string): number | undefined;
export function releaseLock(file: string): void;
