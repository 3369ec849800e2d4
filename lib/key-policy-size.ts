// Refuses settings under which KMS could not take the policy of a key.

import {
  type KeyPolicySettings,
  keyPolicy,
  keyPolicyBytes,
  MAX_KEY_POLICY_BYTES,
} from '../vault/domain/kek-life/key-policy.ts';
import { slotDates } from '../vault/domain/kek-life/slot.ts';

/** The longest name of an app, and a slot as long as any: ten digits. */
const LONGEST_APP = 'a'.repeat(63);
const SLOT_S = 2_000_000_000;
// Account, partition and Region are known to the deployment only. None of them is longer than this.
const CDK_TOKEN = /\$\{Token\[[^\]]+\]\}/g;
const LONGEST_VALUE = 'x'.repeat(25);

/**
 * The bytes of the largest key policy of a stack.
 *
 * @throws Error for more than {@link MAX_KEY_POLICY_BYTES}.
 */
export function checkKeyPolicySize(settings: KeyPolicySettings, life: Parameters<typeof slotDates>[2]): number {
  const written = JSON.stringify(settings).replace(CDK_TOKEN, LONGEST_VALUE);
  const resolved: KeyPolicySettings = JSON.parse(written);
  const dates = slotDates(SLOT_S, SLOT_S + life.cycleS, life);
  const bytes = keyPolicyBytes(keyPolicy({ ...resolved, holder: { app: LONGEST_APP }, dates }));
  if (bytes > MAX_KEY_POLICY_BYTES) {
    throw new Error(
      `key policies: must have at most ${MAX_KEY_POLICY_BYTES} bytes, got ${bytes}: shorten the names or paths of the roles`,
    );
  }
  return bytes;
}
