import type { FieldCoverage, VersionCoverage } from './coverage-report.ts';

/** Adds up what columns have under each key version; by key, newest version first. */
export function versionsOf(fields: readonly FieldCoverage[]): readonly VersionCoverage[] {
  const found = new Map<string, VersionCoverage & { readonly ids: Set<string> }>();
  for (const { dataKeyId, keyId, keyVersion, cells, margin } of fields.flatMap((f) => f.dataKeys)) {
    if (keyId === null || keyVersion === null) continue;
    const name = `${keyId}#${keyVersion}`;
    const before = found.get(name);
    const ids = (before?.ids ?? new Set<string>()).add(dataKeyId);
    found.set(name, {
      keyId,
      keyVersion,
      ids,
      dataKeys: ids.size,
      cells: (before?.cells ?? 0) + cells,
      margin: (before?.margin ?? 0) + margin,
    });
  }
  return [...found.values()]
    .map(({ ids: _ids, ...version }) => version)
    .sort((a, b) =>
      a.keyId === b.keyId ? b.keyVersion - a.keyVersion : a.keyId < b.keyId ? -1 : 1,
    );
}
