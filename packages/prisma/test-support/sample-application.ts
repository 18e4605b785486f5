import type { Scope } from '@fieldseal/core';
import type { ExtensionCore } from '../src/extension/extension-core.ts';
import { runOperation } from '../src/extension/run-operation.ts';
import { createSchemaView } from '../src/extension/schema-view.ts';
import { createFakeCodec, type FakeCodec } from './fake-codec.ts';
import { sampleManifest } from './sample-manifest.ts';

/** What reached the database, in order. */
export interface Sent {
  readonly args: Record<string, unknown>;
  /** Set by the extension for queries of its own. */
  readonly action: unknown;
}

export interface SampleApplication {
  readonly codec: FakeCodec;
  readonly sent: Sent[];
  /** @param internals - `null`: a Prisma that hands none over */
  run(model: string, operation: string, args?: object, internals?: object | null): Promise<unknown>;
}

/**
 * The extension without Prisma: operations go in, and what it would send is recorded.
 * @param answer - what the database returns to each query
 */
export function createSampleApplication(
  options: {
    readonly ambient?: Scope;
    readonly answer?: (sent: Sent) => unknown;
    readonly strictUndefined?: boolean;
    readonly omit?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  } = {},
): SampleApplication {
  const { ambient = {}, answer = () => null, omit = {}, strictUndefined = false } = options;
  const codec = createFakeCodec(sampleManifest, () => ambient);
  const core: ExtensionCore = {
    codec,
    schema: createSchemaView(sampleManifest, codec),
    globalOmit: (model) => omit[model] ?? {},
    ambient: () => ambient,
    strictUndefined,
    ready: async () => {},
    constraints: () => new Map(),
  };
  const sent: Sent[] = [];
  return {
    codec,
    sent,
    run(model, operation, args = {}, internals = {}) {
      const query = async (physical: unknown, request?: object): Promise<unknown> => {
        const action = request === undefined ? undefined : Reflect.get(request, 'action');
        const one: Sent = { args: physical as Record<string, unknown>, action };
        sent.push(one);
        return answer(one);
      };
      return runOperation(core, {
        model,
        operation,
        args: args as Record<string, unknown>,
        query,
        ...(internals !== null && { __internalParams: internals }),
      });
    },
  };
}
