import { defaultEngine, defaultRandom } from '#engine';
import type { ContextPairs } from '../bytes/context.ts';
import { u32 } from '../bytes/integer.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Root, SlotContext } from './root.ts';
import { createRootKey } from './root-key.ts';
import { keyIdBytes } from './wrap-context.ts';

export interface DevelopmentRootOptions {
  /** Kind of its slots, such as `dev-file`. */
  readonly kind: string;
  /**
   * Gives 32 bytes, which are wiped after use. `null` when there are none: to be made when `create`
   * is true, else the slot is not this root's.
   */
  readonly key: (options: { readonly create: boolean }) => Promise<Uint8Array | null>;
}

function contextOf(context: SlotContext): ContextPairs {
  return {
    level: 'slot',
    env: context.environment,
    id: keyIdBytes(context.slotId),
    version: u32(context.rootGeneration),
    commitment: context.commitment,
  };
}

/**
 * A root of a key that lies in software: for development and tests, refused by every store that was
 * not made for development. It seals as the root key wraps (FORMAT.md section 4).
 */
export function createDevelopmentRoot(options: DevelopmentRootOptions): Root {
  const { kind, key } = options;
  const engine = defaultEngine();

  async function withKey<T>(
    create: boolean,
    use: (key: ReturnType<typeof createRootKey>) => T,
  ): Promise<T | null> {
    const bytes = await key({ create });
    if (bytes === null) return null;
    const own = createRootKey(engine, bytes, 1);
    bytes.fill(0);
    try {
      return use(own);
    } finally {
      own.destroy();
    }
  }

  return {
    kind,
    development: true,
    async seal(rootKey, context) {
      const sealed = await withKey(true, (own) =>
        own.wrap(defaultRandom(), rootKey, contextOf(context)),
      );
      if (sealed === null) {
        throw new FieldsealError('ERR_ROOT_UNAVAILABLE', 'The root has no key', { reason: kind });
      }
      return { mechanism: kind, sealed };
    },
    open: (slot, context) => withKey(false, (own) => own.unwrap(slot.sealed, contextOf(context))),
  };
}
