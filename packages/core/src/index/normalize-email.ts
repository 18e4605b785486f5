import { trimSpace } from './white-space.ts';

const ASCII = /^[\0-\x7f]*$/;
/** Letters, marks, digits, hyphens and the full stops of all scripts: nothing that a URL splits at. */
const INTERNATIONAL_NAME = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;

function lower(value: string): string {
  return value.normalize('NFC').toLowerCase();
}

/** An international domain in the form that mail servers see (UTS 46). */
function asciiDomain(domain: string): string {
  if (ASCII.test(domain) || !INTERNATIONAL_NAME.test(domain)) return lower(domain);
  try {
    return new URL(`http://${domain}/`).hostname;
  } catch {
    return lower(domain);
  }
}

/** Trimmed and in lower case. Dots and plus signs stay: what they mean is up to each server. */
export function normalizeEmail(value: string): string {
  const text = trimSpace(value);
  const at = text.lastIndexOf('@');
  if (at === -1) return lower(text);
  return `${lower(text.slice(0, at))}@${asciiDomain(text.slice(at + 1))}`;
}
