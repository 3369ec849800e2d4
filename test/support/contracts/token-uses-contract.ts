// What every record of token uses does, whatever is behind it.

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenUses, TokenUseTrail } from '../../../vault/ports/api-tokens.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own token. */
export function tokenUsesContract(name: string, make: () => Promise<TokenUses & TokenUseTrail>): void {
  describe(`${name} as a record of token uses`, () => {
    let uses: TokenUses & TokenUseTrail;
    beforeAll(async () => {
      uses = await make();
    });
    const anId = () => randomUUID().slice(0, 12);

    test('knows no day of a token that was never used', async () => {
      expect(await uses.lastDay(anId())).toBeUndefined();
    });

    test('gives the UTC day of a use, from its first millisecond to its last', async () => {
      const [first, last] = [anId(), anId()];
      await uses.note(first, Date.UTC(2027, 0, 15));
      await uses.note(last, Date.UTC(2027, 0, 16) - 1);
      expect([await uses.lastDay(first), await uses.lastDay(last)]).toEqual(['2027-01-15', '2027-01-15']);
    });

    test('gives the last day, however late and however often a use was noted', async () => {
      const id = anId();
      for (const day of [9, 30, 10, 30, 2]) await uses.note(id, Date.UTC(2027, 0, day, 12));
      await uses.note(id, Date.UTC(2026, 11, 31, 12));
      expect(await uses.lastDay(id)).toBe('2027-01-30');
    });

    test('keeps tokens apart', async () => {
      const [one, other] = [anId(), anId()];
      await uses.note(one, Date.UTC(2027, 0, 15));
      expect(await uses.lastDay(other)).toBeUndefined();
    });
  });
}
