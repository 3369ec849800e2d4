// What every view gets.

import type { Session } from './wire.ts';

/** The page around a view. */
export interface Context {
  readonly session: Session;
  /** Renders the page again. */
  readonly render: () => void;
  /** Shows a problem, or the sign-in when the session has ended. */
  readonly fail: (error: unknown) => void;
  /** Runs when the person leaves the view. */
  readonly onLeave: (end: () => void) => void;
}
