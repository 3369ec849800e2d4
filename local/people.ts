// A person who may sign in to the Console of a local vault. On AWS an operator adds people to the user pool.

import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { VaultProps } from '../vault/domain/settings/props.ts';
import type { EmulatorClient } from './emulator-client.ts';

/** How to open the Console of a local vault. */
export interface LocalConsole {
  readonly url: string;
  /** A person who sees every app of the Console. */
  readonly person: string;
  readonly password: string;
}

/** The user pool of a stack, and its client. */
export interface People {
  readonly userPoolId: string;
  readonly clientId: string;
}

const PERSON = 'ada@example.org';

/** Adds the person, and lets the sign-in lead to where an emulator serves the Console. */
export async function addPerson(
  client: EmulatorClient,
  { userPoolId, clientId }: People,
  url: string,
  props: VaultProps,
): Promise<LocalConsole> {
  const cognito = new CognitoIdentityProviderClient(client);
  const pool = { UserPoolId: userPoolId };
  // A demo has no phone to show codes.
  await cognito.send(new SetUserPoolMfaConfigCommand({ ...pool, MfaConfiguration: 'OFF' }));
  await cognito.send(
    new UpdateUserPoolClientCommand({
      ...pool,
      ClientId: clientId,
      CallbackURLs: [`${url}/callback`],
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ['openid', 'email', 'profile'],
      SupportedIdentityProviders: ['COGNITO'],
    }),
  );
  const password = `${randomBytes(12).toString('base64url')}-aA1`;
  const attributes = [
    { Name: 'email', Value: PERSON },
    { Name: 'email_verified', Value: 'true' },
  ];
  await unlessItExists(
    cognito.send(
      new AdminCreateUserCommand({
        ...pool,
        Username: PERSON,
        TemporaryPassword: password,
        UserAttributes: attributes,
        MessageAction: 'SUPPRESS',
      }),
    ),
  );
  const set = { ...pool, Username: PERSON, Password: password, Permanent: true };
  await cognito.send(new AdminSetUserPasswordCommand(set));
  const groups = new Set(Object.values(props.apps).flatMap((app) => app.console?.viewers ?? []));
  for (const GroupName of groups) {
    await unlessItExists(cognito.send(new CreateGroupCommand({ ...pool, GroupName })));
    await cognito.send(new AdminAddUserToGroupCommand({ ...pool, GroupName, Username: PERSON }));
  }
  return { url, person: PERSON, password };
}

/** An earlier deployment to the same emulator made it. */
async function unlessItExists(made: Promise<unknown>): Promise<void> {
  await made.catch((error: unknown) => {
    if (!(error instanceof Error && /^(UsernameExists|GroupExists)Exception$/.test(error.name))) throw error;
  });
}
