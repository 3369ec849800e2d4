// Approvals: reveals that wait for a second person.

import type { Reveal } from './audit-log.ts';
import type { Person } from './console-sessions.ts';

/** A reveal that someone asked for. It holds no ref. */
export interface AskedReveal extends Pick<Reveal, 'person' | 'reason' | 'ticket'> {
  readonly app: string;
  /** `approvalId` of the value and the person. */
  readonly id: string;
  /** Where the value stands in the log: position of the row, and number and JSON pointer of the field. */
  readonly position: string;
  readonly field: number;
  readonly pointer: string;
  /** Seconds since 1970. */
  readonly askedAtS: number;
  readonly endsAtS: number;
  /** Who approved, once someone has. */
  readonly approver?: Person | undefined;
}

/** Which request: those of one value and person have the same ID, one after the other. */
export type AskedAt = Pick<AskedReveal, 'app' | 'id' | 'askedAtS'>;

/** What was approved, and by whom. */
export interface Approval extends Pick<Reveal, 'reason' | 'ticket'> {
  readonly approver: Person;
}

/** Asking and approving, in the Console. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface Approvals {
  /** Stores a request. One that is there already and has not ended stays as it is: someone may have read it. */
  ask(asked: AskedReveal): Promise<void>;
  /** The requests of an app that have not ended at `nowS`, approved ones included, oldest first. */
  asked(app: string, nowS: number): Promise<AskedReveal[]>;
  /**
   * Approves the request of that instant, and no later one of the same ID, whose reason the approver has not read. `false` when it
   * has ended, was never asked for, is the approver's own, or was first approved by someone else. May be repeated.
   */
  approve(asked: AskedAt, approver: Person, nowS: number): Promise<boolean>;
}

/** Using approvals, in the decrypt function. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface ApprovalTaker {
  /** Takes an approval, which is good for one reveal; `undefined` when there is none that another person gave. */
  take(app: string, id: string, person: Person, nowS: number): Promise<Approval | undefined>;
}
