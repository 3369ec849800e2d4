// What the functions are asked while their wires are broken, and how one sees that nothing came of it but what should.

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { faultyNetwork } from '../support/aws/faulty-network.ts';
import { atTheRightTime, coldStart, type Reply, type Served } from './cold-start.ts';
import { APP, type FaultyVault, VARIABLES } from './faulty-vault.ts';

/** Something to ask once; and how its answer, or what it left behind without one, is looked at. */
export interface Task {
  readonly body: unknown;
  /** Expects an answer of 200 to be right. */
  expectRight(reply: Reply): Promise<void>;
  /** Expects that nothing was lost, whatever became of the task. */
  expectWhole?(): Promise<void>;
}

export interface Job {
  readonly name: string;
  readonly operation: Served;
  readonly identity: () => Promise<string>;
  prepare(): Promise<Task>;
}

/** What must never be disclosed. */
export const SECRETS = { value: 'maya "secret" ü', subject: 'subject-secret', erasedSubject: 'erased-secret' };

const STAR = '★★★★★';
const VALUES = { email: SECRETS.value, form: { age: 41, note: [SECRETS.value] } };
const TTL_S = 24 * 3600;

/** Every kind of request, and the refs that they are made with or look at. */
export async function jobsOf(vault: FaultyVault): Promise<{ jobs: readonly Job[]; refs: readonly string[] }> {
  /** A process that nothing happens to: prepares tasks and looks at what came of them. */
  const network = await faultyNetwork(vault.aws);
  const { functions: bystander } = await coldStart(network.endpoint, VARIABLES);
  const refs: string[] = [];
  let sealed: Record<string, string> | undefined;
  /** Opening takes nothing away, so all of it may open the same. */
  const sealedOnce = async () => {
    sealed ??= await sealedTwice();
    return sealed;
  };
  const jobs: readonly Job[] = [
    {
      name: 'encrypt',
      operation: 'encrypt',
      identity: vault.asToken,
      prepare: async () => ({
        body: { fields: VALUES, ttlSeconds: TTL_S, subject: SECRETS.subject },
        async expectRight({ body }) {
          expect(valuesIn(await asked('decrypt', { refs: body.refs }))).toEqual(VALUES);
        },
      }),
    },
    {
      name: 'incoming',
      operation: 'incoming',
      identity: vault.asToken,
      async prepare() {
        const entry = { type: 'text.say', data: { text: SECRETS.value } };
        return {
          body: { entry, thread: { mode: 'agent' } },
          async expectRight({ body }) {
            expect((await asked('outgoing', { entry: body.entry })).body.entry).toEqual(entry);
          },
        };
      },
    },
    { name: 'decrypt', operation: 'decrypt', identity: vault.asToken, prepare: opening },
    { name: 'decrypt as a role', operation: 'decrypt', identity: vault.asRole, prepare: opening },
    {
      name: 'outgoing',
      operation: 'outgoing',
      identity: vault.asToken,
      async prepare() {
        const sealed = await sealedOnce();
        const entry = { a: { $sensitive: sealed.email1 }, b: [{ $sensitive: sealed.form2 }] };
        return {
          body: { entry },
          async expectRight({ body }) {
            expect(body).toEqual({
              entry: { a: SECRETS.value, b: [VALUES.form] },
              blobs: [],
              opened: ['/a', '/b/0'],
              redacted: [],
            });
          },
        };
      },
    },
    {
      name: 'erase a subject',
      operation: 'erase',
      identity: vault.asToken,
      async prepare() {
        const subject = `${SECRETS.erasedSubject}-${randomUUID()}`;
        return erasing({ subject }, await sealedTwice(subject));
      },
    },
    {
      name: 'erase refs',
      operation: 'erase',
      identity: vault.asToken,
      async prepare() {
        const { email1 = '', form1 = '' } = await sealedTwice();
        const refs = { email1, form1 };
        return erasing({ refs }, refs);
      },
    },
    { name: 'the authorizer', operation: 'authorize', identity: vault.asToken, prepare: authorizing },
    { name: 'the authorizer of a role', operation: 'authorize', identity: vault.asRole, prepare: authorizing },
  ];

  async function opening(): Promise<Task> {
    const refs = await sealedOnce();
    return {
      body: { refs },
      async expectRight(reply) {
        expect(valuesIn(reply)).toEqual(twice(VALUES));
      },
    };
  }

  function erasing(body: unknown, refs: Record<string, string>): Task {
    const right: Record<string, unknown> = twice(VALUES);
    return {
      body,
      async expectRight({ body: { erased } }) {
        expect(erased).toBeLessThanOrEqual(Object.keys(refs).length);
        const left = valuesIn(await asked('decrypt', { refs }));
        expect(new Set(Object.values(left))).toEqual(new Set([STAR]));
      },
      async expectWhole() {
        for (const [name, value] of Object.entries(valuesIn(await asked('decrypt', { refs })))) {
          if (value !== STAR) expect(value).toEqual(right[name]);
        }
      },
    };
  }

  /** Refs of two requests, so of two bundles. */
  async function sealedTwice(subject?: string): Promise<Record<string, string>> {
    const both = await Promise.all([1, 2].map(() => asked('encrypt', { fields: VALUES, ttlSeconds: TTL_S, subject })));
    const refs = both.flatMap(({ body }, at) =>
      Object.entries<string>(body.refs).map(([name, ref]) => [name + (at + 1), ref]),
    );
    return Object.fromEntries(refs);
  }

  async function asked(operation: Served, body: unknown): Promise<Reply> {
    const authorization = await vault.asToken();
    // It keeps what it knows, so that it makes few calls. No one asks which.
    const reply = await atTheRightTime(() => bystander({ app: APP, operation, authorization, body }));
    network.heal();
    if (reply.status !== 200) throw new Error(`the bystander was answered ${reply.status}: ${reply.text}`);
    for (const ref of Object.values<string>(reply.body.refs ?? {})) refs.push(ref);
    return reply;
  }

  return { jobs, refs };
}

function twice<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries([1, 2].flatMap((at) => Object.entries(values).map(([name, value]) => [name + at, value])));
}

function valuesIn({ body }: Reply): Record<string, unknown> {
  const fields = Object.entries<{ value: unknown }>(body.values);
  return Object.fromEntries(fields.map(([name, { value }]) => [name, value]));
}

async function authorizing(): Promise<Task> {
  return {
    body: undefined,
    async expectRight({ body }) {
      const [statement] = body.policyDocument.Statement;
      expect(statement.Effect).toBe('Allow');
      expect(statement.Resource).toContainEqual(expect.stringMatching(/\/decrypt$/));
    },
  };
}
