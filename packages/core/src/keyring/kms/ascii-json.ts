/**
 * JSON that says the same in printable ASCII alone. Who reads it before they sign it sees all of it:
 * terminals take some characters for orders, and show others in another place or not at all.
 */
export function asciiJson(json: string): string {
  return json.replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
