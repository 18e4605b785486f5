import type { Root } from '../keys/root.ts';
import type { Observer } from '../observe/observer.ts';

/** The root, with each of its calls an event. */
export function observedRoot(root: Root, observer: Observer): Root {
  const { kind, development, recovery, interactive, failureDomain } = root;
  const factsOf = (call: 'seal' | 'open', slotId: string) => () =>
    ({ call, kind, slotId, opened: undefined }) as const;
  return {
    kind,
    development,
    ...(recovery === undefined ? {} : { recovery }),
    ...(interactive === undefined ? {} : { interactive }),
    ...(failureDomain === undefined ? {} : { failureDomain }),
    seal: (rootKey, context) =>
      observer.run('root', factsOf('seal', context.slotId), async () =>
        root.seal(rootKey, context),
      ),
    open: (slot, context) =>
      observer.run('root', factsOf('open', context.slotId), async (event) => {
        const rootKey = await root.open(slot, context);
        if (event !== undefined) event.opened = rootKey !== null;
        return rootKey;
      }),
  };
}
