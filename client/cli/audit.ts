// `daykey audit`: who was about to open what, and when. Never a value: the audit log holds none.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { DAY_MS, dayOf } from '../../vault/domain/instant.ts';
import type { AuditIntent, Reveal } from '../../vault/ports/audit-log.ts';
import { marksOfReveal, type ReviewMark, type ReviewTrail } from '../../vault/ports/reveal-reviews.ts';
import { durationUpTo } from './duration.ts';
import { print, printable, say } from './output.ts';
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
    .addOption(
      new Option('--credential <name>', 'only what this credential asked for, such as token/0123456789ab').argParser(
        credentialName,
      ),
    )
    .option('--json', 'prints each request as a line of JSON')
    .action((options: AuditOptions) => audit(surroundings, options));
}

async function audit(surroundings: Surroundings, options: AuditOptions): Promise<void> {
  const { app, integration, credential, json = false } = options;
  const nowMs = surroundings.clock();
  const fromMs = nowMs - options.since * 1000;
  await onVault(surroundings, options, async (vault) => {
    const ring = await vault.keyRing.read(app);
    const marksOn = marksByDay(vault.reviews);
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
        // JSON itself leaves some control characters as they are.
        await print(surroundings, printable((json ? jsonLine : sentence)(intent, await marksOn(intent))));
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

/** The name of a credential as the log has it. @throws InvalidArgumentError for any other text, which would find nothing. */
function credentialName(text: string): string {
  if (/^(token\/[0-9a-f]{12}|role\/\d{12}\/[^/]+\/[^/]+|person\/.+)$/.test(text)) return text;
  throw new InvalidArgumentError('Copy it from the log: token/ID, role/ACCOUNT/ROLE/SESSION or person/SUBJECT.');
}

/** The marks on a reveal. Reads those of a UTC day once, when its first reveal comes. */
function marksByDay(reviews: ReviewTrail): (intent: AuditIntent) => Promise<readonly ReviewMark[]> {
  let readDay: string | undefined;
  let marks: readonly ReviewMark[] = [];
  return async (intent) => {
    const { app, atMs, reveal } = intent;
    if (reveal === undefined) return [];
    const day = dayOf(instant(atMs));
    if (day !== readDay) {
      const fromMs = Date.parse(day);
      marks = await reviews.marks(app, fromMs, fromMs + DAY_MS);
      readDay = day;
    }
    return marksOfReveal(marks, intent);
  };
}

function jsonLine(
  { app, integration, credential, operation, requestId, atMs, refs, count, reveal }: AuditIntent,
  marks: readonly ReviewMark[],
): string {
  return JSON.stringify({
    at: instant(atMs),
    app,
    integration,
    credential,
    operation,
    requestId,
    count,
    refs,
    reveal,
    marks: reveal && marks.map(shownMark),
  });
}

/** Names the fields of one bundle together: `bundle:0,1,2`. */
function sentence(
  { integration, credential, operation, requestId, atMs, refs, count, reveal }: AuditIntent,
  marks: readonly ReviewMark[],
): string {
  const bundles = new Map<string, string[]>();
  for (const ref of refs) {
    const [bundle = '', index = ''] = ref.split(':');
    bundles.set(bundle, [...(bundles.get(bundle) ?? []), index]);
  }
  const what = [...bundles].map(([bundle, indexes]) => `${bundle}:${indexes.join(',')}`).join(' ');
  const fields = count === 1 ? '1 field' : `${count} fields`;
  const asked = `${instant(atMs)}  ${integration}  ${credential}  ${operation} of ${fields}  ${what}  request ${requestId}`;
  if (reveal === undefined) return asked;
  // As JSON, so that nothing that a person wrote can look like another line.
  const said = [shownReveal(reveal), ...marks.map(shownMark)].map((each) => JSON.stringify(each));
  return [asked, ...said].join('  ');
}

function shownReveal({ person, reason, ticket, approver }: Reveal): object {
  return { name: person.name, reason, ticket, approver: approver?.name };
}

function shownMark({ verdict, reviewer, note, markedAtMs }: ReviewMark): object {
  return { verdict, reviewer: reviewer.name, note, at: instant(markedAtMs) };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
