// Requests to the Console's function. The browser sends the session's cookie; no script can read it.

import type { Session } from './wire.ts';

/** An answer that is not what was asked for. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const BASE = `${location.pathname.replace(/\/$/, '')}/`;

/** Address below the Console. */
export function address(path: string): string {
  return BASE + path;
}

/** Reads. @param isPoll says that the page asks by itself. @throws Refused */
export async function get<Answer>(path: string, query: Record<string, string> = {}, isPoll = false): Promise<Answer> {
  const search = new URLSearchParams(query).toString();
  return await send<Answer>(`${path}${search === '' ? '' : `?${search}`}`, {
    headers: isPoll ? { 'x-daykey-poll': '1' } : {},
  });
}

/** Changes something. @throws Refused */
export async function post<Answer>(session: Session, path: string, body: object): Promise<Answer> {
  return await send<Answer>(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'x-daykey-csrf': session.csrf },
    body: JSON.stringify(body),
  });
}

async function send<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(address(path), { ...init, cache: 'no-store', redirect: 'error' }).catch(() => {
    throw new Refused(0, 'The Console cannot be reached. Check the network and try again.');
  });
  const body: unknown = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, (body as { detail?: string }).detail ?? 'The request failed.');
  return body as Answer;
}
