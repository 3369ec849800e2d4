// Finds out whether a KMS fills in the condition keys of the encryption context: AWS's does, some emulators do not.

import { CreateKeyCommand, EncryptCommand, type KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { probePolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { KMS_REFUSALS, translating } from '../aws/errors.ts';
import { DELETION_WINDOW_DAYS, KEY_TAGS, type KmsKeyMakerOptions } from './key-maker.ts';

/**
 * Whether key policies can hold an encryption context to its values. Makes a key that its maker may use in one context
 * only, tries that one and another, and schedules the key's deletion.
 */
export async function judgesContexts(kms: KMSClient, { stack, ...settings }: KmsKeyMakerOptions): Promise<boolean> {
  const create = new CreateKeyCommand({
    Description: `Daykey ${stack}: does this KMS judge encryption contexts?`,
    Policy: JSON.stringify(probePolicy(settings)),
    BypassPolicyLockoutSafetyCheck: true,
    Tags: [{ TagKey: KEY_TAGS.stack, TagValue: stack }],
  });
  const { KeyMetadata } = await translating('make a probe key', KMS_REFUSALS, () => kms.send(create));
  const KeyId = KeyMetadata?.Arn;
  if (KeyId === undefined) throw new Error('KMS made a probe key without an ARN');
  try {
    const accepts = async (x: string) => {
      const encrypt = new EncryptCommand({ KeyId, Plaintext: Buffer.of(0), EncryptionContext: { x } });
      try {
        await translating('try a probe key', KMS_REFUSALS, () => kms.send(encrypt));
        return true;
      } catch (error) {
        if (isDaykeyError(error, 'app-kek-refused')) return false;
        throw error;
      }
    };
    return (await accepts('0')) && !(await accepts('1'));
  } finally {
    const schedule = new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: DELETION_WINDOW_DAYS });
    await translating('destroy a probe key', KMS_REFUSALS, () => kms.send(schedule));
  }
}
