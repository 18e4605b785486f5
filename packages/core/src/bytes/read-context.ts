const utf8 = new TextDecoder();

/**
 * One text of what `encodeContext` made; `undefined` when there is no such pair, or when the bytes are
 * no context.
 */
export function readContext(bytes: Uint8Array, name: string): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 2;
  const next = (): Uint8Array | undefined => {
    if (offset + 2 > bytes.length) return undefined;
    const start = offset + 2;
    offset = start + view.getUint16(offset);
    return offset > bytes.length ? undefined : bytes.subarray(start, offset);
  };
  for (let pair = next(); pair !== undefined; pair = next()) {
    const value = next();
    if (value !== undefined && utf8.decode(pair) === name) return utf8.decode(value);
  }
  return undefined;
}
