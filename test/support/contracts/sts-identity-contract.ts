// What every STS does for the vault, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import type { StsIdentity } from '../../../vault/ports/sts-identity.ts';
import { formatAwsIdentity, parseAwsIdentity, type SignedIdentity } from '../../../wire/aws-identity.ts';

/** What is tested, and a caller that it knows. */
export interface KnownCaller {
  readonly sts: StsIdentity;
  readonly arn: string;
  /** An `Authorization` header that the caller has signed at an instant, in milliseconds since 1970. */
  sign(atMs: number): Promise<string>;
}

/** What the backing can do. Claims that it cannot keep are skipped, and the report shows it. */
export interface StsCapabilities {
  /** Whether it checks signatures. The one in memory accepts every signature of a caller it knows. */
  readonly verifies: boolean;
}

const MALFORMED = ['', 'Daykey-Aws', 'Daykey-Aws e30', `Bearer dkt_${'A'.repeat(43)}`];

/** Registers the contract's tests. `make` is called once. */
export function stsIdentityContract(name: string, can: StsCapabilities, make: () => Promise<KnownCaller>): void {
  describe(`${name} as an STS`, () => {
    let known: KnownCaller;
    beforeAll(async () => {
      known = await make();
    });
    const signed = () => known.sign(Date.now());
    const changed = async (change: (identity: SignedIdentity) => Partial<SignedIdentity>) => {
      const identity = parseAwsIdentity(await signed());
      if (!identity) throw new Error('the caller signed a malformed header');
      return formatAwsIdentity({ ...identity, ...change(identity) });
    };

    test('names the caller who signed', async () => {
      expect(await known.sts.callerArn(await signed())).toBe(known.arn);
    });

    test('accepts no caller with an access key that does not exist', async () => {
      const header = await changed(() => ({ accessKeyId: 'ASIAZZZZZZZZZZZZZZZZ' }));
      expect(await known.sts.callerArn(header)).toBeUndefined();
    });

    test('accepts no caller with a malformed header', async () => {
      for (const header of MALFORMED) expect(await known.sts.callerArn(header)).toBeUndefined();
    });

    test('says when a header was signed, to the second, and nothing of a malformed one', async () => {
      const atMs = Math.floor(Date.now() / 1000) * 1000;
      expect(known.sts.signedAtMs(await known.sign(atMs))).toBe(atMs);
      for (const header of MALFORMED) expect(known.sts.signedAtMs(header)).toBeUndefined();
    });

    test.runIf(can.verifies)('accepts no caller with a changed signature (needs an STS that verifies)', async () => {
      const header = await changed(({ signature }) => ({ signature: signature.replace(/^./, flipped) }));
      expect(await known.sts.callerArn(header)).toBeUndefined();
    });

    test.runIf(can.verifies)('accepts no caller with a changed date (needs an STS that verifies)', async () => {
      const header = await changed(({ date }) => ({ date: date.replace(/.(?=Z$)/, flipped) }));
      expect(await known.sts.callerArn(header)).toBeUndefined();
    });

    test.runIf(can.verifies)(
      'accepts no caller with a signature that is an hour old (needs an STS that verifies)',
      async () => {
        expect(await known.sts.callerArn(await known.sign(Date.now() - 3600_000))).toBeUndefined();
      },
    );
  });
}

/** Another digit. */
function flipped(digit: string): string {
  return digit === '0' ? '1' : '0';
}
