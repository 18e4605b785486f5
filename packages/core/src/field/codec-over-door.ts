import type { Normalizer } from '../index/normalizer.ts';
import { customNormalizers } from '../index/normalizer.ts';
import { customParts, type PartFunction } from '../index/part-function.ts';
import type { KeyDoor, Scope } from '../keyring/key-door.ts';
import { parseManifest } from '../manifest/parse-manifest.ts';
import { registryEntries } from '../manifest/registry-entries.ts';
import { compileModels } from './compile-model.ts';
import { createFieldCall, lookupShape } from './field-call.ts';
import type { FieldCodec } from './field-codec.ts';
import { isIndexReady } from './index-readiness.ts';
import type { LegacyReader } from './legacy-reader.ts';
import { createLikeness } from './likeness.ts';
import { openRows } from './open-rows.ts';
import { phaseNow } from './phase-of.ts';
import { currentScope } from './with-scope.ts';

export interface CodecOverDoorOptions {
  readonly door: KeyDoor;
  readonly manifest: unknown;
  readonly ambientScope?: (() => Scope) | undefined;
  readonly normalizers?: Readonly<Record<string, Normalizer>> | undefined;
  readonly partFunctions?: Readonly<Record<string, PartFunction>> | undefined;
  readonly legacy?: Readonly<Record<string, readonly LegacyReader[]>> | undefined;
}

/** Policies may ask through which adapter a key is used. */
function throughAdapter(door: KeyDoor, via: string): KeyDoor {
  return { ...door, lease: (request) => door.lease({ ...request, via }) };
}

/**
 * The field codec over the only way to key material.
 * @throws `ERR_MANIFEST_INVALID`, `ERR_CONFIG_INVALID`
 */
export function codecOverDoor(options: CodecOverDoorOptions): FieldCodec {
  const { ambientScope = currentScope } = options;
  const manifest = parseManifest(options.manifest);
  const door = throughAdapter(options.door, manifest.adapter);
  const models = compileModels({
    manifest,
    defaultSuite: door.defaultSuite,
    normalizers: customNormalizers(options.normalizers ?? {}),
    partFunctions: customParts(options.partFunctions ?? {}),
    legacy: options.legacy ?? {},
  });
  return {
    manifest,
    model: (name) => models.get(name)?.sealed,
    call: (operation) => createFieldCall({ door, models, operation, ambient: ambientScope() }),
    shapeOf: (operation, op) =>
      lookupShape({ door, models, operation, ambient: ambientScope() }, op),
    open: (operation, groups) =>
      openRows({ door, models, operation, ambient: ambientScope() }, groups),
    phaseOf(name, field) {
      const compiled = models.get(name)?.byName.get(field);
      return compiled === undefined ? undefined : phaseNow(door, compiled.field).phase;
    },
    isReady(name, index) {
      const model = models.get(name);
      const found = model?.sealed.tokens.get(index);
      const compiled = found === undefined ? undefined : model?.byName.get(found.field.name);
      if (found === undefined || compiled === undefined) return undefined;
      return isIndexReady(door, compiled, found.index.id);
    },
    likeness(name, index) {
      const model = models.get(name);
      const indexes = model?.fields.flatMap((field) => field.indexes) ?? [];
      const found = indexes.find((tokens) => tokens.index.name === index);
      return found === undefined ? undefined : createLikeness(found);
    },
    register: () => door.register(registryEntries(manifest)),
    unregistered: () => door.unregistered(registryEntries(manifest)),
  };
}
