import { sha256 } from '@noble/hashes/sha2.js';
import { hexOf } from '../../bytes/hex.ts';
import { type FieldPhase, isFieldPhase } from '../../keys/field-phase.ts';
import type { GrantTerms } from '../../policy/grant.ts';
import { termsOf } from './grant-terms.ts';
import type { CreateGrantRequest } from './grants.ts';

type Content = Readonly<Record<string, unknown>>;

/** What was signed is ours by its MAC and theirs by its signature; it parses. */
function parsed(content: string): Content {
  return JSON.parse(content) as Content;
}

/** The document of a policy that was signed. */
export function signedPolicy(content: string): string {
  return String(parsed(content).Policy);
}

/** The step of a field that was signed; `undefined` for what is none. */
export function signedPhase(
  content: string,
): { readonly FieldId: string; readonly Phase: FieldPhase } | undefined {
  const { FieldId, Phase } = parsed(content);
  if (typeof FieldId !== 'string' || typeof Phase !== 'string') return undefined;
  return isFieldPhase(Phase) ? { FieldId, Phase } : undefined;
}

/** What is no member of a longer name than a row takes. */
const LONGEST_ID = 200;

/** Name of the row that keeps the signature under the phase of a field. */
export function phaseName(fieldId: string): string {
  const isShort = fieldId.length <= LONGEST_ID;
  return `phase/${isShort ? fieldId : hexOf(sha256(new TextEncoder().encode(fieldId)))}`;
}

/** A request out of its JSON: points in time are dates again. */
export function revived(content: string): Content {
  const request: Record<string, unknown> = { ...parsed(content) };
  for (const name of ['NotBefore', 'NotAfter']) {
    if (typeof request[name] === 'string') request[name] = new Date(request[name]);
  }
  return request;
}

/** The terms of a grant that was signed; `undefined` when it says that nothing was to be done. */
export function signedTerms(keyId: string, content: string): GrantTerms | undefined {
  const request = revived(content);
  if (Object.hasOwn(request, 'DryRun')) return undefined;
  return termsOf(request as unknown as CreateGrantRequest, keyId);
}
