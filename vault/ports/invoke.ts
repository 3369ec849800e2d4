// Invoking another function of the vault.

/** Invokes a function and waits for its answer, a value of JSON. @throws DaykeyError `unavailable`. */
export type Invoke = (functionName: string, event: unknown) => Promise<InvokeResult>;

/** An error of the function itself says nothing more: the function's log has it. */
export type InvokeResult = { readonly failed: true } | { readonly failed: false; readonly answer: unknown };
