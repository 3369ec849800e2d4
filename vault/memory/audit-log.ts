// The audit log in memory, for tests and the testing kit.

import type { AuditIntent, AuditLog, AuditTrail, RevealTrail } from '../ports/audit-log.ts';

/** The intents of one process. */
export function memoryAuditLog(): AuditLog & AuditTrail & RevealTrail {
  const recorded: AuditIntent[] = [];
  return {
    async record(intent) {
      recorded.push({ ...intent, refs: [...intent.refs] });
    },
    async reveals({ app, day, before, limit }) {
      return recorded
        .filter((intent) => intent.reveal && intent.app === app && sortKey(intent).startsWith(day))
        .filter((intent) => before === undefined || sortKey(intent) < sortKey(before))
        .sort((one, other) => (sortKey(other) < sortKey(one) ? -1 : 1))
        .slice(0, limit);
    },
    async reveal(app, atMs, requestId) {
      return recorded.find(
        (intent) => intent.reveal && intent.app === app && intent.atMs === atMs && intent.requestId === requestId,
      );
    },
    async *intents(app, fromMs, untilMs) {
      yield* recorded
        .filter((intent) => intent.app === app && fromMs <= intent.atMs && intent.atMs < untilMs)
        .sort((one, other) => one.atMs - other.atMs);
    },
  };
}

function sortKey({ atMs, requestId }: Pick<AuditIntent, 'atMs' | 'requestId'>): string {
  return `${new Date(atMs).toISOString()}#${requestId}`;
}
