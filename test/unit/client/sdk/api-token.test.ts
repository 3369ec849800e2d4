// The header of an API token, and texts that are none.

import { expect, test } from 'vitest';
import { apiToken } from '../../../../client/sdk/api-token.ts';

const TOKEN = `dkt_${'A'.repeat(43)}`;

test('a token is sent as a bearer token', async () => {
  expect(await apiToken(TOKEN)()).toBe(`Bearer ${TOKEN}`);
});

test.each(['', `${TOKEN}A`, TOKEN.slice(1), ` ${TOKEN}`, `Bearer ${TOKEN}`])(
  '%j is refused at once, and not repeated',
  (text) => {
    const thrown = () => apiToken(text);
    expect(thrown).toThrow(new Error('an API token is dkt_ and 43 characters'));
  },
);
