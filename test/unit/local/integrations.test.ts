// Every integration of a local vault can be named, also where two apps use the same name.

import { expect, test } from 'vitest';
import { namedIntegrations } from '../../../local/integrations.ts';

test('an integration goes by its own name, and by app and name where another app uses that name too', () => {
  const settings = { apps: { shop: { integrations: { web: 1, desk: 2 } }, clinic: { integrations: { web: 3 } } } };
  expect(namedIntegrations(settings)).toEqual([
    { app: 'shop', integration: 'web', name: 'shop/web', props: 1 },
    { app: 'shop', integration: 'desk', name: 'desk', props: 2 },
    { app: 'clinic', integration: 'web', name: 'clinic/web', props: 3 },
  ]);
});
