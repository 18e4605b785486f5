import type { Found } from '../cache/cached-keys.ts';
import type { Observer } from '../observe/observer.ts';
import type { LoadedKey } from './key-loader.ts';

type Load = (names: readonly string[]) => Promise<ReadonlyMap<string, Found<LoadedKey>>>;

const UNKNOWN = { kind: undefined, keyId: undefined, keyVersion: undefined } as const;

/** The loader, with each batch an event, and one for each key of it that is unwrapped. */
export function observedLoad(observer: Observer, load: Load): Load {
  function open({ open: unwrap }: Found<LoadedKey>): LoadedKey {
    return observer.runSync(
      'unwrap',
      () => ({ ...UNKNOWN }),
      (event) => {
        const key = unwrap();
        if (event !== undefined) {
          const { keyId, keyVersion } = key.facts;
          Object.assign(event, { kind: key.kind, keyId, keyVersion });
        }
        return key;
      },
    );
  }

  return (names) =>
    observer.run(
      'load',
      () => ({ keys: names.length, found: 0 }),
      async (event) => {
        const found = await load(names);
        if (event !== undefined) event.found = found.size;
        return new Map([...found].map(([name, one]) => [name, { ...one, open: () => open(one) }]));
      },
    );
}
