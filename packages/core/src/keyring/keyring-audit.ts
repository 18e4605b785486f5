import type { AuditPoint } from '../audit/audit-chain.ts';
import type { AuditReport } from '../audit/audit-report.ts';
import { auditSource } from '../audit/audit-source.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import type { Engine } from '../cipher/engine.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { redacted } from './redacted.ts';

/** The audit trail of a store, seen by one that holds its keys; `docs/audit.md` explains it. */
export interface KeyringAudit {
  /** What signs checkpoints: 32 bytes for an auditor to keep. */
  publicKey(): Promise<Uint8Array>;
  /**
   * Writes what waits in this process, then follows all chains and says what does not fit.
   * @param options - `anchors` that were kept outside of the database, `archived` ends of what was
   * taken out of it, and further `signers`, such as of a store key before this one.
   * @throws `ERR_STORE_UNAVAILABLE`, `ERR_AUDIT_UNAVAILABLE`
   */
  verify(options?: {
    readonly anchors?: readonly AuditPoint[];
    readonly archived?: readonly AuditPoint[];
    readonly signers?: readonly Uint8Array[];
  }): Promise<AuditReport>;
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
  /** Throws when nothing may be done any more. */
  readonly check: () => void;
}): KeyringAudit {
  const { store, secrets, engine, environment, trail, check } = options;
  return redacted('KeyringAudit', {
    chain: trail.chain,
    async publicKey() {
      check();
      return secrets.audit.publicKey();
    },
    async verify({ signers = [], ...given } = {}) {
      check();
      await trail.flush();
      return verifyAudit({
        ...given,
        source: auditSource(store),
        signers: [await secrets.audit.publicKey(), ...signers],
        environment,
        engine,
        verifyRow: (row) => secrets.verifyRow(row),
      });
    },
    async flush() {
      check();
      await trail.flush();
    },
  });
}
