const utf8 = new TextEncoder();

/** Orders texts by their UTF-8 bytes, whatever the locale: how key columns are sorted. */
export function compareText(a: string, b: string): number {
  const left = utf8.encode(a);
  const right = utf8.encode(b);
  const shorter = Math.min(left.length, right.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
