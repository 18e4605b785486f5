import type { FieldCodec, Scope } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import type { OperationCall } from './operation-call.ts';
import type { SchemaView } from './schema-view.ts';
import type { GlobalOmit } from './selection.ts';
import { settleUntokened } from './settle-untokened.ts';

/** What one extended client holds. */
export interface ExtensionCore {
  readonly codec: FieldCodec;
  readonly schema: SchemaView;
  readonly globalOmit: GlobalOmit;
  /** Whether the client was generated with the preview feature `strictUndefinedChecks`. */
  readonly strictUndefined: boolean;
  readonly ambient: () => Scope;
  /** The self-check: runs once, before the first operation on a sealed field. */
  readonly ready: () => Promise<void>;
  /** Fields of unique indexes by index name, as the self-check found them. */
  readonly constraints: () => ReadonlyMap<string, readonly string[]>;
}

/** Starts collecting what one ORM call needs of the core. */
export function startCall(core: ExtensionCore, operation: string): CallContext {
  return {
    schema: core.schema,
    operation,
    fields: core.codec.call(operation),
    ambient: core.ambient(),
    untokened: [],
    afterRun: [],
  };
}

/**
 * Loads keys, fills in cells and tokens; warm, it waits for microtasks only, but for unique lookups
 * of fields that are not sealed yet.
 */
export async function finishCall(context: CallContext, call: OperationCall): Promise<void> {
  await context.fields.run();
  for (const step of context.afterRun) step();
  if (context.untokened.length > 0) await settleUntokened(call, context.untokened);
}
