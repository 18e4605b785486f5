/**
 * JSON that is the same for equal values: members in the order of their names, no white space. What the
 * audit trail does with flat details, for documents of any depth; numbers are whole.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? sorted(part) : part,
  );
}

function sorted(part: object): object {
  const members = Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members);
}
