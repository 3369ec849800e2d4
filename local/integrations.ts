// The integrations of all apps of a vault, each under a unique name.

/** What is read of a vault's settings. */
interface Settings<Integration> {
  readonly apps: { readonly [app: string]: { readonly integrations: { readonly [name: string]: Integration } } };
}

/** An integration, its app, and the name under which callers of a local vault find it. */
export interface NamedIntegration<Integration> {
  readonly app: string;
  readonly integration: string;
  /** The integration's name, or `app/name` where several apps have an integration of that name. */
  readonly name: string;
  readonly props: Integration;
}

/** Every integration, in the order of the settings. */
export function namedIntegrations<Integration>({ apps }: Settings<Integration>): NamedIntegration<Integration>[] {
  const all = Object.entries(apps).flatMap(([app, { integrations }]) =>
    Object.entries(integrations).map(([integration, props]) => ({ app, integration, props })),
  );
  return all.map(({ app, integration, props }) => {
    const isShared = all.some((other) => other.integration === integration && other.app !== app);
    return { app, integration, name: isShared ? `${app}/${integration}` : integration, props };
  });
}
