// The REST API without API Gateway: a request becomes the event that a function gets there, and its answer comes back.

import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Parts } from './parts.ts';
import type { RestAnswer, RestRequest } from './port.ts';

/** Serves one request by the real handler. Never rejects. */
export function restOf({ handlers }: Pick<Parts, 'handlers'>): (request: RestRequest) => Promise<RestAnswer> {
  let requests = 0;
  return async (request) => {
    requests += 1;
    const context = { awsRequestId: `request-${requests}`, invokedFunctionArn: 'testing:rest' } as Context;
    const answer = await handlers[request.operation](eventOf(request), context);
    if (!('statusCode' in answer)) throw new Error('a REST call was answered like a direct one');
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, String(value)]);
    return { status: answer.statusCode, headers: Object.fromEntries(headers), body: answer.body };
  };
}

function eventOf({ app, operation, headers, body }: RestRequest): Partial<APIGatewayProxyEvent> {
  // Only what is text travels as text: decoding would change what is not.
  const isBase64Encoded = typeof body !== 'string' && !isUtf8(body);
  return {
    resource: `/v1/apps/{app}/${operation}`,
    pathParameters: { app },
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]])),
    body: typeof body === 'string' ? body : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}
