// Reads the settings that a deployment has put into the bucket of its assets.

import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../aws/errors.ts';
import type { Signing } from './presigned-url.ts';
import { sendToS3 } from './send.ts';

/** An object, and the SHA-256 that it must have, in hex. */
export interface SettingsAsset {
  readonly bucket: string;
  readonly key: string;
  readonly digest: string;
}

const READING = "read the deployment's settings";
/** 20,000 apps have some 8 MB. */
const MAX_BYTES = 20_000_000;
// The right to read the object came with the same deployment, and IAM may need a minute to know.
const TRIES = 13;
const BETWEEN_TRIES_MS = 5000;

/**
 * Reads an asset. Needs `s3:GetObject` on it.
 *
 * @param urlOf the base URL of a bucket, with a slash at its end.
 * @throws DaykeyError `unavailable` when S3 does not give it; Error for another object than was deployed.
 */
export function s3SettingsAsset(
  signing: Signing,
  urlOf: (bucket: string) => string,
  wait: (ms: number) => Promise<unknown> = sleep,
): (asset: SettingsAsset) => Promise<string> {
  return async ({ bucket, key, digest }) => {
    const url = new URL(key, urlOf(bucket));
    for (let tries = 1; ; tries += 1) {
      const { status, body } = await sendToS3(signing, READING, { method: 'GET', url }, MAX_BYTES);
      if (status === 200) {
        if (hash('sha256', body) === digest) return body.toString('utf8');
        throw new Error("the deployment's settings are not those that were deployed: deploy again");
      }
      if (tries === TRIES) {
        throw unavailable(
          READING,
          `S3 answered ${status}. Check that the role of configure-app may read the object, and use the key of its bucket`,
        );
      }
      await wait(BETWEEN_TRIES_MS);
    }
  };
}
