/** How many values of each field were read as plaintext by this process. */
export interface PlaintextCounter {
  count(fieldId: string, values: number): void;
  all(): Readonly<Record<string, number>>;
}

export function createPlaintextCounter(): PlaintextCounter {
  const counts = new Map<string, number>();
  return {
    count(fieldId, values) {
      counts.set(fieldId, (counts.get(fieldId) ?? 0) + values);
    },
    all: () => Object.fromEntries(counts),
  };
}
