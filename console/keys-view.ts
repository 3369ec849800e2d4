// The app's keys at a glance, and the receipts of those that are destroyed.

import { html, type TemplateResult } from 'lit-html';
import { get } from './api.ts';
import type { Place } from './place.ts';
import { instant } from './text.ts';
import type { Key, SlotReceipt } from './wire.ts';

interface KeysAnswer {
  readonly keys: readonly Key[];
  readonly receipts: readonly SlotReceipt[];
}

/** The keys of an app. */
export async function openKeys({ app }: Place): Promise<() => TemplateResult> {
  const { keys, receipts } = await get<KeysAnswer>('api/keys', { app });
  return () => html`
    <h1>Keys of ${app}</h1>
    <div class="wide"><table>
      <thead><tr><th scope="col">Encrypts from</th><th scope="col">until</th><th scope="col">KMS refuses it from</th><th scope="col">State</th><th scope="col">Used by</th></tr></thead>
      <tbody>${keys.map(
        (key) => html`<tr>
          <td>${instant(key.from)}</td><td>${instant(key.until)}</td><td>${instant(key.endsAt)}</td><td>${key.state}</td>
          <td>${key.pool === 'own' ? 'this app only' : `the apps of pool ${key.pool}`}</td>
        </tr>`,
      )}</tbody>
    </table></div>
    <h2>Receipts of destroyed keys</h2>
    <p class="quiet">The newest ones. <code>daykey receipts list --app ${app}</code> checks the signatures of all.</p>
    <div class="wide"><table>
      <thead><tr>
        <th scope="col">Encrypted from</th><th scope="col">Deletion scheduled</th><th scope="col">Material gone</th>
        <th scope="col">Values’ bundles</th><th scope="col">Key</th>
      </tr></thead>
      <tbody>${receipts.map(receiptLine)}</tbody>
    </table></div>
  `;
}

function receiptLine(receipt: SlotReceipt): TemplateResult {
  const { from, pendingDeletionAt, materialGoneNotBefore, keyNotFoundAt, bundles, keyArn } = receipt;
  const { swept, erased, left } = bundles;
  return html`<tr>
    <td>${instant(from)}</td>
    <td>${instant(pendingDeletionAt)}</td>
    <td>${keyNotFoundAt === undefined ? html`not before ${instant(materialGoneNotBefore)}` : html`KMS says so: ${instant(keyNotFoundAt)}`}</td>
    <td>${swept} ended, ${erased} erased${left === undefined ? '' : `, ${left} left`}</td>
    <td><code>${keyArn.replace(/^.*\//, '')}</code></td>
  </tr>`;
}
