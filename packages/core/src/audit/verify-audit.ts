import { ed25519 } from '#ed25519';
import { defaultEngine } from '#engine';
import { equalBytes } from '../bytes/equal.ts';
import type { Engine } from '../cipher/engine.ts';
import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';
import { type AuditPoint, MANAGEMENT, startOf } from './audit-chain.ts';
import { type AuditChainReport, type AuditReport, createFindings } from './audit-report.ts';
import type { AuditSource } from './audit-source.ts';
import { checkpointMessage } from './entry-hash.ts';
import { createManagementFindings } from './management-findings.ts';
import { type ChainVerifier, verifyChain } from './verify-chain.ts';

export interface VerifyAuditOptions {
  readonly source: AuditSource;
  /** Public keys of checkpoints that the auditor kept, 32 bytes each. */
  readonly signers: readonly Uint8Array[];
  /** Of the store; entries of another one do not belong here. */
  readonly environment: string;
  /** Points that were kept outside of the database: without any, a cut end cannot be told. */
  readonly anchors?: readonly AuditPoint[];
  /** Points up to which entries were archived and taken out of the store on purpose. */
  readonly archived?: readonly AuditPoint[];
  /** Checks MACs of rows: for whoever holds the store key. */
  readonly verifyRow?: (row: AuditRow) => boolean;
  /** @defaultValue that of the platform */
  readonly engine?: Engine;
}

function signedBy(signers: readonly Uint8Array[]) {
  return async ({ columns }: CheckpointRow): Promise<boolean> => {
    const { signer, signature } = columns;
    if (!(signer instanceof Uint8Array && signature instanceof Uint8Array)) return false;
    if (!signers.some((known) => equalBytes(known, signer))) return false;
    return ed25519.verify(signer, checkpointMessage(columns), signature);
  };
}

/**
 * Follows all chains of an audit trail and says what does not fit, and where: edited, missing,
 * reordered and foreign entries, cut ends, forged checkpoints, and chains that nobody opened. Reads
 * each entry once; memory grows with the number of chains, not of entries.
 *
 * Entries behind the last checkpoint are only held by their MACs (`verifyRow`), and what was cut off
 * behind the last anchor is not found by anybody: the report says how far each chain is held.
 *
 * @throws what the source throws; `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519.
 *
 * @example
 * ```ts
 * import { auditSource, createMemoryStore, verifyAudit } from '@fieldseal/core';
 *
 * const report = await verifyAudit({
 *   source: auditSource(createMemoryStore()),
 *   signers: [],
 *   environment: 'test',
 * });
 * console.log(report.sound, report.findings);
 * ```
 */
export async function verifyAudit(options: VerifyAuditOptions): Promise<AuditReport> {
  const { source, environment, anchors = [], archived = [], verifyRow } = options;
  const findings = createFindings();
  const management = createManagementFindings(findings);
  const verifier: ChainVerifier = {
    engine: options.engine ?? defaultEngine(),
    findings,
    environment,
    isSigned: signedBy(options.signers),
    verifyRow,
  };
  const archiveOf = (chain: string) => archived.find((point) => point.chain === chain);
  const anchorsOf = (chain: string) => anchors.filter((point) => point.chain === chain);

  const epochBefore = await source.epoch?.();
  const reports: AuditChainReport[] = [];
  const managementArchive = archiveOf(MANAGEMENT);
  reports.push(
    await verifyChain(
      { ...verifier, onEntry: management.see },
      {
        chain: MANAGEMENT,
        entries: source.entries(MANAGEMENT),
        checkpoints: source.checkpoints(MANAGEMENT),
        start: managementArchive ?? startOf(MANAGEMENT),
        held: anchorsOf(MANAGEMENT),
        conclusion: undefined,
      },
    ),
  );
  const lastEpoch = management.lastEpoch();
  const epochAfter = await source.epoch?.();
  // others may make changes meanwhile
  const lacksChange = epochBefore != null && epochBefore > (lastEpoch ?? epochBefore);
  const wasPutBack = epochAfter != null && epochAfter < (lastEpoch ?? epochAfter);
  if (lacksChange || wasPutBack) {
    findings.add('epoch', MANAGEMENT, reports[0]?.lastSequence ?? 0n);
  }

  const seen = new Set([MANAGEMENT]);
  async function verifyProcess(chain: string): Promise<void> {
    if (seen.has(chain)) return;
    seen.add(chain);
    const start = archiveOf(chain) ?? management.opened.get(chain);
    const conclusion = management.concluded.get(chain);
    const report = await verifyChain(verifier, {
      chain,
      entries: source.entries(chain),
      checkpoints: source.checkpoints(chain),
      start,
      held: anchorsOf(chain),
      conclusion,
    });
    const isKnown = start !== undefined || managementArchive !== undefined;
    if (!isKnown && report.entries > 0) findings.add('unopened-chain', chain, 1n);
    const isGone = report.entries === 0 && management.opened.has(chain) && !archiveOf(chain);
    const isReported = anchorsOf(chain).length > 0 || conclusion !== undefined;
    if (isGone && !isReported) findings.add('missing-chain', chain, 1n);
    reports.push(report);
  }
  for await (const chain of source.chains()) await verifyProcess(chain);
  for (const chain of management.opened.keys()) await verifyProcess(chain);
  for (const { chain } of anchors) await verifyProcess(chain);

  return {
    sound: findings.count() === 0,
    findingCount: findings.count(),
    findings: findings.first(),
    chains: reports,
    entries: reports.reduce((sum, report) => sum + report.entries, 0),
    truncation: reports.every((report) => report.completeUpTo > 0n)
      ? 'anchored'
      : 'cannot-be-excluded',
  };
}
