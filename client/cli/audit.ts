// `daykey audit`: who was about to open what, and when. Never a value: the audit log holds none.

import { type Command, Option } from 'commander';
import type { AuditIntent, Reveal } from '../../vault/ports/audit-log.ts';
import { durationUpTo } from './duration.ts';
import { print, say } from './output.ts';
import { type Progress, withProgress } from './progress.ts';
import type { Surroundings } from './surroundings.ts';
import { type AppOptions, appCommand, checkIntegration, noSuchApp, onVault } from './vault-command.ts';

interface AuditOptions extends AppOptions {
  readonly since: number;
  readonly integration?: string;
  readonly credential?: string;
  readonly json?: boolean;
}

/** The longest that a stack keeps its audit rows. */
const MAX_SINCE_DAYS = 3653;
// The clocks of the functions may be ahead of this one.
const AHEAD_MS = 5 * 60 * 1000;

export function addAudit(program: Command, surroundings: Surroundings): void {
  appCommand(program, 'audit')
    .description('lists who was about to open what, and when; never a value')
    .addOption(
      new Option('--since <duration>', 'how far back: minutes, hours or days')
        .argParser(durationUpTo(MAX_SINCE_DAYS))
        .default(24 * 3600, '24h'),
    )
    .option('--integration <name>', 'only what this integration asked for')
    .option('--credential <name>', 'only what this credential asked for, such as token/0123456789ab')
    .option('--json', 'prints each request as a line of JSON')
    .action((options: AuditOptions) => audit(surroundings, options));
}

async function audit(surroundings: Surroundings, options: AuditOptions): Promise<void> {
  const { app, integration, credential, json = false } = options;
  const nowMs = surroundings.clock();
  const fromMs = nowMs - options.since * 1000;
  await onVault(surroundings, options, async (vault) => {
    const ring = await vault.keyRing.read(app);
    let seen = 0;
    let shown = 0;
    const read = async (progress: Progress) => {
      for await (const intent of vault.auditTrail.intents(app, fromMs, nowMs + AHEAD_MS)) {
        seen += 1;
        progress.update(`at ${instant(intent.atMs)}`);
        if (integration !== undefined && intent.integration !== integration) continue;
        if (credential !== undefined && intent.credential !== credential) continue;
        shown += 1;
        progress.clear();
        await print(surroundings, json ? JSON.stringify(record(intent)) : sentence(intent));
      }
    };
    await withProgress('reading the audit log', read, surroundings.stderr);
    // Apps and integrations that were removed keep their rows, so only an empty answer tells that a name is wrong.
    if (ring === undefined && seen === 0) throw noSuchApp(vault, app);
    if (ring !== undefined && integration !== undefined && shown === 0) checkIntegration(ring.settings, integration);
    const whose = [
      integration === undefined ? app : `${app}/${integration}`,
      ...(credential === undefined ? [] : [`by ${credential}`]),
    ].join(' ');
    const requests = shown === 1 ? '1 request' : `${shown} requests`;
    say(surroundings, `${requests} of ${whose} since ${instant(fromMs)}`);
  });
}

function record({
  app,
  integration,
  credential,
  operation,
  requestId,
  atMs,
  refs,
  count,
  reveal,
}: AuditIntent): object {
  return {
    at: instant(atMs),
    app,
    integration,
    credential,
    operation,
    requestId,
    count,
    refs,
    ...(reveal && { reveal }),
  };
}

/** Names the fields of one bundle together: `bundle:0,1,2`. */
function sentence({ integration, credential, operation, requestId, atMs, refs, count, reveal }: AuditIntent): string {
  const bundles = new Map<string, string[]>();
  for (const ref of refs) {
    const [bundle = '', index = ''] = ref.split(':');
    bundles.set(bundle, [...(bundles.get(bundle) ?? []), index]);
  }
  const what = [...bundles].map(([bundle, indexes]) => `${bundle}:${indexes.join(',')}`).join(' ');
  const fields = count === 1 ? '1 field' : `${count} fields`;
  const asked = `${instant(atMs)}  ${integration}  ${credential}  ${operation} of ${fields}  ${what}  request ${requestId}`;
  return reveal === undefined ? asked : `${asked}  ${revealed(reveal)}`;
}

/** As JSON, so that nothing that a person wrote can look like another line. */
function revealed({ person, reason, ticket }: Reveal): string {
  return JSON.stringify({ name: person.name, reason, ...(ticket === undefined ? {} : { ticket }) });
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
