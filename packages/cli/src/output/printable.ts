// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text as a terminal can show it. Descriptions, tags and names are written by others: what a
 * terminal would obey, or show in another order, is replaced.
 */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, '\ufffd');
}
