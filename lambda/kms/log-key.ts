// The log key in KMS: writers fetch its public half once, and only the Console may use the private one.

import { DecryptCommand, GetPublicKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { logKeyFromDer } from '../../vault/domain/console/log-row.ts';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { LogKey, LogKeyHolder } from '../../vault/ports/entry-log.ts';
import { askedOnce } from '../aws/asked-once.ts';
import { KMS_MISMATCHES, translating } from '../aws/errors.ts';

/** A {@link LogKey}. Needs only `kms:GetPublicKey` on that key. */
export function kmsLogKey(kms: KMSClient, keyArn: string): LogKey {
  return {
    publicKey: askedOnce(async () => {
      const get = new GetPublicKeyCommand({ KeyId: keyArn });
      const { PublicKey } = await translating('fetch the log key', {}, () => kms.send(get));
      return logKeyFromDer(PublicKey ?? new Uint8Array());
    }),
  };
}

/** A {@link LogKeyHolder}. Needs only `kms:Decrypt` on that key. */
export function kmsLogKeyHolder(kms: KMSClient, keyArn: string): LogKeyHolder {
  return {
    async unwrap(wrappedKey) {
      const decrypt = new DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: wrappedKey,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      });
      try {
        const { Plaintext } = await translating('open a row of the log', KMS_MISMATCHES, () => kms.send(decrypt));
        return Plaintext && Buffer.from(Plaintext);
      } catch (error) {
        if (isDaykeyError(error, 'app-kek-mismatch')) return undefined;
        throw error;
      }
    },
  };
}
