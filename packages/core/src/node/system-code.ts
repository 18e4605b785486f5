/** The short code of a failed system call, such as `EACCES`; never its message, which names paths. */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : undefined;
}
