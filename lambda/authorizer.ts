// Entry point of the REST API's authorizer.

import { readConfig } from './config.ts';
import { authorize } from './handlers/authorize.ts';
import { requestParts } from './runtime.ts';

export const handler = authorize(requestParts(readConfig(process.env, ['stack', 'ringTable'])));
