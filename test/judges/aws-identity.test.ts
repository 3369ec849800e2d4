// botocore, AWS's own signer for Python, comes to the same bytes as the vectors of docs/aws-identity-format.md.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judged } from './judge.ts';

const SCRIPT = readFileSync(new URL('aws-identity.py', import.meta.url), 'utf8');
const VECTORS = readFileSync(new URL('../vectors/aws-identity/accepted.json', import.meta.url), 'utf8');

test('botocore signs every vector with the same canonical request, text and signature', async () => {
  const files = { 'aws-identity.py': SCRIPT, 'accepted.json': VECTORS };
  const args = ['aws-identity.py', 'accepted.json', 'report.json'];
  const { report, stderr } = await judged('python', args, files, { reportFile: 'report.json' });
  const { cases } = JSON.parse(VECTORS) as { cases: Record<'canonicalRequest' | 'textToSign' | 'signature', string>[] };
  expect(cases.length).toBeGreaterThan(4);
  expect(report, stderr).toEqual(
    cases.map(({ canonicalRequest, textToSign, signature }) => ({ canonicalRequest, textToSign, signature })),
  );
});
