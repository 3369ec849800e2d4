// The entry `daykey/nunjucks`: the filters `encrypt`, `decrypt` and `redact` for an environment of Nunjucks.

import { AsyncLocalStorage } from 'node:async_hooks';
import { REDACTED } from '../../wire/refs.ts';
import { optionsIn } from '../sdk/arguments.ts';
import type { CallOptions } from '../sdk/verbs.ts';
import { withCovers } from './covered.ts';
import { type Rendering, renderingWith, type TemplateVault } from './rendering.ts';

export type { TemplateVault } from './rendering.ts';

/** What is used of Nunjucks' `Environment`. */
export interface TemplateEnvironment {
  /** Makes a function a filter. */
  addFilter(name: string, filter: (value: unknown, options?: unknown) => unknown): unknown;
  /** A filter by its name; only `safe` is used. */
  getFilter(name: string): (text: string) => object;
  /** Renders a template that a loader finds. */
  render(name: string, context: object, done: Rendered): void;
  /** Renders a template from its source. */
  renderString(source: string, context: object, done: Rendered): void;
}

/** How Nunjucks gives the result of a rendering. */
export type Rendered = (error: Error | null, text: string | null) => void;

/** Renders templates in which the filters work. */
export interface Templates {
  /**
   * The text of a template. Refs in the context print as stars unless a filter opens them, at any depth of plain objects
   * and arrays.
   *
   * @throws DaykeyProblem as `Daykey.decrypt` and `Daykey.encrypt` do, but prints stars when the vault itself does not let
   * the caller decrypt; otherwise what Nunjucks throws, and Error when autoescape is off or a template asks for new values
   * in every round.
   */
  render(name: string, context?: object, options?: CallOptions): Promise<string>;
  /** The same for the source of a template. */
  renderString(source: string, context?: object, options?: CallOptions): Promise<string>;
}

/** How often a template is rendered, at most. Each round shows what the round before had to ask for. */
const MAX_ROUNDS = 10;

/**
 * Adds the filters `encrypt`, `decrypt` and `redact` to an environment with autoescape on.
 *
 * A rendering opens what it decrypts in one call, and seals what it encrypts in another. For that, a template is rendered
 * until nothing is missing, most often twice, so your own filters and functions must give the same result each time.
 *
 * @throws Error when autoescape is off, because what users sent would become HTML.
 */
export function registerFilters(environment: TemplateEnvironment, vault: TemplateVault): Templates {
  refuseRawHtml(environment);
  const renderings = new AsyncLocalStorage<Rendering>();
  const current = (filter: string): Rendering => {
    const rendering = renderings.getStore();
    if (!rendering) throw new Error(`the filter ${filter} works only in the render that registerFilters gives`);
    return rendering;
  };
  environment.addFilter('decrypt', (value) => current('decrypt').decrypt(value));
  environment.addFilter('encrypt', (value, options) => current('encrypt').encrypt(value, options));
  environment.addFilter('redact', (value) => (value === undefined || value === null ? '' : REDACTED));

  const settled = async (
    context: object,
    options: CallOptions,
    renderWith: (context: object, done: Rendered) => void,
  ): Promise<string> => {
    refuseRawHtml(environment);
    const rendering = renderingWith(vault, environment.getFilter('safe'), optionsIn(options));
    const kept = withCoversIn(context);
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const { error, text } = await renderings.run(rendering, () => outcomeOf(withCoversIn(kept), renderWith));
      // A failure may come from what is missing: it counts only when nothing is.
      if (await rendering.askVault()) continue;
      if (error) throw error;
      return text ?? '';
    }
    throw new Error(
      `the template asked for new values in each of ${MAX_ROUNDS} renderings: remove random or time-dependent input`,
    );
  };

  return {
    render: (name, context = {}, options = {}) =>
      settled(context, options, (covered, done) => environment.render(name, covered, done)),
    renderString: (source, context = {}, options = {}) =>
      settled(context, options, (covered, done) => environment.renderString(source, covered, done)),
  };
}

function outcomeOf(context: object, renderWith: (context: object, done: Rendered) => void) {
  return new Promise<{ error: unknown; text: string | null }>((resolve) => {
    try {
      renderWith(context, (error, text) => resolve({ error, text }));
    } catch (error) {
      resolve({ error, text: null });
    }
  });
}

/** A copy with covers, so that no round sees what another one did to the context. */
function withCoversIn(context: object): object {
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, withCovers(value, name)]));
}

function refuseRawHtml(environment: object): void {
  const { opts }: { opts?: { autoescape?: unknown } } = environment;
  if (opts?.autoescape === true) return;
  throw new Error('autoescape is off, so decrypted values would be printed as HTML: turn it on for this environment');
}
