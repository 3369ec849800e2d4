// What a person fills in to reveal a value: checked by the Console and again by the decrypt function.

import * as z from 'zod/mini';
import { REASON_LENGTH, TICKET_SHAPE } from '../../domain/console/reveal-rules.ts';

const REASON_HINT = `a reason of ${REASON_LENGTH.min} to ${REASON_LENGTH.max} characters is expected`;

/** Why. Kept in the audit log, without the blanks around it. */
export const reason = z
  .string()
  .check(z.trim(), z.minLength(REASON_LENGTH.min, REASON_HINT), z.maxLength(REASON_LENGTH.max, REASON_HINT));

/** The ticket that it is for. */
export const ticket = z
  .string()
  .check(z.regex(TICKET_SHAPE, 'a ticket is 1 to 64 letters, digits and the marks # . / _ -'));
