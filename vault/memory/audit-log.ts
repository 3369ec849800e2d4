// The audit log in memory, for tests and the testing kit.

import type { AuditIntent, AuditLog, AuditTrail } from '../ports/audit-log.ts';

/** The intents of one process. */
export function memoryAuditLog(): AuditLog & AuditTrail {
  const recorded: AuditIntent[] = [];
  return {
    async record(intent) {
      recorded.push({ ...intent, refs: [...intent.refs] });
    },
    async *intents(app, fromMs, untilMs) {
      yield* recorded
        .filter((intent) => intent.app === app && fromMs <= intent.atMs && intent.atMs < untilMs)
        .sort((one, other) => one.atMs - other.atMs);
    },
  };
}
