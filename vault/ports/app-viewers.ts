// Which apps list a viewer: an index over the settings of all apps.

/** @throws DaykeyError `unavailable` when the store cannot answer. */
export interface AppViewers {
  /**
   * The first apps that list the viewer, sorted by name, of those whose names begin with a text.
   * These are hints: the index may be behind the settings, which decide who sees an app.
   */
  appsOf(viewer: string, beginning: string, limit: number): Promise<string[]>;
}
