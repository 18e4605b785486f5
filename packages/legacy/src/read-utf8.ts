const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @returns `undefined` for what is not UTF-8: it was not made from text, or under another key. */
export function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
