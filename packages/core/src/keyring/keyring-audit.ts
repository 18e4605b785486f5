import type { AuditPoint } from '../audit/audit-chain.ts';
import { isBrokenChain } from '../audit/audit-chain.ts';
import type { AuditReport } from '../audit/audit-report.ts';
import { auditSource } from '../audit/audit-source.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { type EvidenceSignature, evidenceMessage } from '../audit/evidence.ts';
import { failureFacts } from '../audit/failure-facts.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import { hexOf } from '../bytes/hex.ts';
import type { Engine } from '../cipher/engine.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import { findKey } from './find-key.ts';
import { isDestroyed } from './key-usability.ts';
import type { Access } from './kms/access.ts';
import { requireOnEveryKey } from './kms/every-key.ts';
import { invalidRequest } from './kms/request.ts';
import { redacted } from './redacted.ts';
import { isRebinding, type RowsEntry, rowsFacts } from './rows-entry.ts';

const KIND = /^[a-z0-9-]{1,64}$/;

/** The audit trail of a store, seen by one that holds its keys; `docs/audit.md` explains it. */
export interface KeyringAudit {
  /** What signs checkpoints: 32 bytes for an auditor to keep. */
  publicKey(): Promise<Uint8Array>;
  /**
   * Writes what waits in this process, then follows all chains and says what does not fit. Takes the
   * right to `VerifyAudit`.
   * @param options - `anchors` that were kept outside of the database, `archived` ends of what was
   * taken out of it, and further `signers`, such as of a store key before this one.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_STORE_UNAVAILABLE`,
   * `ERR_AUDIT_UNAVAILABLE`
   */
  verify(options?: {
    readonly anchors?: readonly AuditPoint[];
    readonly archived?: readonly AuditPoint[];
    readonly signers?: readonly Uint8Array[];
  }): Promise<AuditReport>;
  /**
   * Signs a text with the key of the trail, for somebody who is to believe it later. The trail says who
   * asked for it. Takes the right to `CountLiveCells` on the keys that the text is about.
   * @param kind - What the text is: 1 to 64 of `a-z 0-9 -`.
   * @param about - `keys` by id or alias; every key of the store when absent or empty.
   * @throws `ERR_REQUEST_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_KEY_NOT_FOUND`,
   * `ERR_AUDIT_UNAVAILABLE`
   */
  signEvidence(
    kind: string,
    text: string,
    about?: { readonly keys?: readonly string[] },
  ): Promise<EvidenceSignature>;
  /**
   * Says in the management chain what a job does to rows of the application. Takes the right to `Shred` on
   * every key for rows that are cleared, and to `StartReEncrypt` on the key for rows that are bound anew.
   * @throws `ERR_REQUEST_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`, `ERR_KEY_NOT_FOUND`, `ERR_AUDIT_UNAVAILABLE`,
   * `ERR_STORE_CONFLICT`, `ERR_STORE_UNAVAILABLE`
   */
  recordRows(entry: RowsEntry): Promise<void>;
  /** @throws `ERR_AUDIT_UNAVAILABLE`, `ERR_AUDIT_BROKEN` */
  flush(): Promise<void>;
  /** Name of the chain of this process. */
  readonly chain: string;
}

export function createKeyringAudit(options: {
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
  readonly engine: Engine;
  readonly environment: string;
  readonly trail: AuditTrail;
  readonly control: Pick<ControlSession, 'change' | 'snapshot'>;
  readonly access: Access;
  /** Throws when nothing may be done any more. */
  readonly check: () => void;
}): KeyringAudit {
  const { store, secrets, engine, environment, trail, control, access, check } = options;
  const { principals } = access;

  /** Whoever has counted says how much there is of whose data, and is believed. */
  function requireCount(named: readonly string[]): void {
    const snapshot = control.snapshot();
    const all = [...snapshot.keys.values()].filter((key) => !isDestroyed(snapshot, key));
    const keys = named.length === 0 ? all : named.map((name) => findKey(snapshot, name));
    for (const key of keys) access.rights(snapshot, { operation: 'CountLiveCells', key });
  }

  return redacted('KeyringAudit', {
    chain: trail.chain,
    async publicKey() {
      check();
      return secrets.audit.publicKey();
    },
    async verify({ signers = [], ...given } = {}) {
      check();
      access.service(control.snapshot(), { operation: 'VerifyAudit' });
      // where it is broken is what is asked
      await trail.flush().catch((error: unknown) => {
        if (!isBrokenChain(error)) throw error;
      });
      return verifyAudit({
        ...given,
        source: auditSource(store),
        signers: [await secrets.audit.publicKey(), ...signers],
        environment,
        engine,
        verifyRow: (row) => secrets.verifyRow(row),
      });
    },
    async signEvidence(kind, text, { keys = [] } = {}) {
      check();
      if (!KIND.test(kind)) throw invalidRequest('kind', 'Must be 1 to 64 of a-z 0-9 -');
      const principal = principals.current();
      trail.check();
      const use = { principal, action: 'SignEvidence', readOnly: true } as const;
      try {
        requireCount(keys);
      } catch (error) {
        trail.record({ ...use, ...failureFacts(error) });
        throw error;
      }
      const about = { kind, environment, pin: secrets.pin };
      const signature = await secrets.audit.sign(evidenceMessage(engine, text, about));
      const signer = hexOf(await secrets.audit.publicKey());
      trail.record(use);
      return { ...about, signer, signature: hexOf(signature) };
    },
    async recordRows(entry) {
      check();
      const principal = principals.current();
      const rebinds = isRebinding(entry);
      rowsFacts(entry, principal);
      await control.change((snapshot) => {
        if (!rebinds) requireOnEveryKey({ access }, snapshot, 'Shred');
        const key = rebinds ? findKey(snapshot, entry.key as string) : undefined;
        if (key !== undefined) access.rights(snapshot, { operation: 'StartReEncrypt', key });
        return { put: [], audit: [rowsFacts(entry, principal, key?.id)] };
      });
    },
    async flush() {
      check();
      await trail.flush();
    },
  });
}
