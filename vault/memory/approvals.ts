// Approvals in memory, for tests and the testing kit.

import type { Approvals, ApprovalTaker, AskedReveal } from '../ports/approvals.ts';

/** The requests for approval of one process. */
export function memoryApprovals(): Approvals & ApprovalTaker {
  const requests = new Map<string, AskedReveal>();
  const keyOf = (app: string, id: string) => `${app}#${id}`;
  const live = (app: string, id: string, nowS: number) => {
    const asked = requests.get(keyOf(app, id));
    return asked && nowS < asked.endsAtS ? asked : undefined;
  };
  return {
    async ask(asked) {
      const { app, id, askedAtS } = asked;
      if (live(app, id, askedAtS) === undefined) requests.set(keyOf(app, id), asked);
    },
    async asked(app, nowS) {
      return [...requests.values()]
        .filter((asked) => asked.app === app && nowS < asked.endsAtS)
        .sort((one, other) => one.askedAtS - other.askedAtS);
    },
    async approve({ app, id, askedAtS }, approver, nowS) {
      const asked = live(app, id, nowS);
      if (asked?.askedAtS !== askedAtS || asked.person.subject === approver.subject) return false;
      if (asked.approver && asked.approver.subject !== approver.subject) return false;
      requests.set(keyOf(app, id), { ...asked, approver });
      return true;
    },
    async take(app, id, person, nowS) {
      const { person: asker, approver, reason, ticket } = live(app, id, nowS) ?? {};
      if (approver === undefined || reason === undefined || asker?.subject !== person.subject) return undefined;
      requests.delete(keyOf(app, id));
      return ticket === undefined ? { approver, reason } : { approver, reason, ticket };
    },
  };
}
