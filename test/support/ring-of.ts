// The ring of an app as a request reads it, for tests that call use cases directly.

import type { AppRing } from '../../vault/domain/kek-life/ring.ts';
import type { Rings } from '../../vault/usecases/rings.ts';

/** @throws Error for an app without a ring: a request to it is refused before any use case. */
export async function ringOf(rings: Rings, app: string): Promise<AppRing> {
  const ring = await rings.get(app);
  if (!ring) throw new Error(`there is no app ${app}`);
  return ring;
}
