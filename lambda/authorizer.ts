// Entry point of the REST API's authorizer.

import { readRequestConfig } from './config.ts';
import { authorize } from './gateway/authorize.ts';
import { requestParts } from './runtime.ts';

export const handler = authorize(requestParts(readRequestConfig(process.env)));
