import type { FieldCodec, Scope } from '@fieldseal/core';
import { Prisma } from '@prisma/client/extension';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';
import { connectionError } from './connection-error.ts';
import type { ExtendedClient } from './extended-client.ts';
import type { ExtensionCore } from './extension-core.ts';
import { once } from './once.ts';
import type { OperationCall, RequestInternals } from './operation-call.ts';
import { createHelpers, type FieldsealHelpers } from './raw-helpers.ts';
import { runOperation } from './run-operation.ts';
import { createSchemaView, type SchemaView } from './schema-view.ts';
import { selfCheck } from './self-check.ts';

/** What `$extends` takes: it adds `$fieldseal` to the client and leaves all types as they are. */
export type FieldsealExtension = (client: unknown) => {
  $extends: {
    extArgs: {
      result: Record<never, never>;
      model: Record<never, never>;
      query: Record<never, never>;
      client: { $fieldseal: () => FieldsealHelpers };
    };
  };
};

export interface ExtensionOptions {
  readonly codec: FieldCodec;
  readonly manifest: PrismaManifest;
  readonly ambient: () => Scope;
}

/** The extension over a ready field codec. */
export function createExtension(options: ExtensionOptions): FieldsealExtension {
  const { codec, manifest, ambient } = options;
  const schema = createSchemaView(manifest, codec);
  const extension: unknown = Prisma.defineExtension((client: unknown) => {
    const extended = client as ExtendedClient;
    return extend(extended, { codec, manifest, ambient }, schema) as never;
  });
  return extension as FieldsealExtension;
}

function extend(client: ExtendedClient, options: ExtensionOptions, schema: SchemaView): unknown {
  const { codec, manifest, ambient } = options;
  let constraints: ReadonlyMap<string, readonly string[]> = new Map();
  const ready = once(async (transaction: RequestInternals['transaction']) => {
    const inside = clientInside(client, transaction);
    try {
      constraints = await selfCheck(inside, manifest, codec);
    } catch (error) {
      throw connectionError(error);
    }
  });
  const core: Omit<ExtensionCore, 'ready'> = {
    codec,
    schema,
    ambient,
    constraints: () => constraints,
    strictUndefined: client._previewFeatures?.includes('strictUndefinedChecks') === true,
    globalOmit: (model) => client._globalOmit?.[uncapitalized(model)] ?? {},
  };
  const $fieldseal = createHelpers(codec, schema, ambient, () => ready(undefined));
  return client.$extends({
    name: 'fieldseal',
    client: { $fieldseal },
    query: {
      $allModels: {
        $allOperations(call: OperationCall): Promise<unknown> {
          const { transaction } = call.__internalParams ?? {};
          return runOperation({ ...core, ready: () => ready(transaction) }, call);
        },
      },
    },
  });
}

/**
 * Inside an interactive transaction the self-check must not wait for another connection: the
 * transaction may hold the last one of the pool.
 */
function clientInside(
  client: ExtendedClient,
  transaction: RequestInternals['transaction'],
): ExtendedClient {
  if (transaction?.kind !== 'itx') return client;
  return client._createItxClient?.(transaction) ?? client;
}

function uncapitalized(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}
