import { type EvidenceSignature, isEvidence, type Keyring } from '@fieldseal/core';
import { canonicalJson } from './canonical-json.ts';
import type { CoverageReport } from './coverage-report.ts';

/** A report with the signature of the audit key: evidence for an auditor. */
export interface SignedCoverage {
  readonly coverage: CoverageReport;
  readonly evidence: EvidenceSignature;
}

const KIND = 'coverage';

/**
 * Signs a report with the key that signs the audit trail. It says that a process of this store has
 * counted so; it cannot say more than the report does, see `notSeen`.
 *
 * Takes the right to `CountLiveCells` on every key that the report names, and on all of the store for one
 * that names none.
 *
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_AUDIT_UNAVAILABLE`, `ERR_KEYRING_CLOSED`
 *
 * @example
 * ```ts
 * import { coverage, signCoverage } from '@fieldseal/jobs';
 *
 * const report = await coverage({ database: url, keyring, manifest });
 * process.stdout.write(JSON.stringify(await signCoverage(keyring, report)));
 * ```
 */
export async function signCoverage(
  keyring: Keyring,
  report: CoverageReport,
): Promise<SignedCoverage> {
  const keys = [...new Set(report.versions.map(({ keyId }) => keyId))];
  const evidence = await keyring.audit.signEvidence(KIND, canonicalJson(report), { keys });
  return { coverage: report, evidence };
}

/**
 * Whether a document is what {@link signCoverage} made of a report of this store. It needs the public key
 * alone, kept since before: the one in the document is no proof. White space and the order of members do
 * not matter.
 *
 * @param publicKey - 32 bytes, as `keyring.audit.publicKey()` gave them.
 * @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519
 *
 * @example
 * ```ts
 * import { coverage, signCoverage, verifyCoverage } from '@fieldseal/jobs';
 *
 * const publicKey = await keyring.audit.publicKey();
 * const signed = await signCoverage(keyring, await coverage({ database: url, keyring, manifest }));
 * await verifyCoverage(signed, publicKey); // true
 * ```
 */
export async function verifyCoverage(document: unknown, publicKey: Uint8Array): Promise<boolean> {
  const { coverage, evidence } = (document ?? {}) as Partial<SignedCoverage>;
  if (typeof coverage !== 'object' || coverage === null || !isSignature(evidence)) return false;
  const { kind, environment, pin } = evidence;
  const isOfReport = environment === coverage.environment && pin === coverage.pin;
  if (kind !== KIND || !isOfReport) return false;
  return isEvidence(canonicalJson(coverage), evidence, publicKey);
}

function isSignature(given: unknown): given is EvidenceSignature {
  if (typeof given !== 'object' || given === null) return false;
  const { kind, environment, pin, signature } = given as Partial<EvidenceSignature>;
  return [kind, environment, pin, signature].every((member) => typeof member === 'string');
}
