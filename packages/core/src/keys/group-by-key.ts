/** What belongs to each key, by key id, in the order given. */
export function groupByKey<Item extends { readonly keyId: string }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.keyId);
    if (group === undefined) groups.set(item.keyId, [item]);
    else group.push(item);
  }
  return groups;
}
