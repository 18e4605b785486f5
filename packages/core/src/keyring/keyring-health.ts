/** How a keyring is, without asking anybody: for the probes of an orchestrator. */
export interface KeyringHealth {
  /**
   * `false` once the keyring is closed. For a liveness probe: an outage of the store is no reason
   * to restart, and a process that restarts in one has no keys at all.
   */
  readonly live: boolean;
  /**
   * For a readiness probe. `degraded`: the store does not answer, and cached keys serve. `failing`:
   * nothing is sealed or nothing is opened any more, or the store is not the one that it was.
   */
  readonly status: 'ok' | 'degraded' | 'failing';
  /** Whether cells are opened under cached keys. */
  readonly opening: boolean;
  /** Whether values are sealed under cached keys. */
  readonly sealing: boolean;
  /** Milliseconds since the last look at the store that succeeded. */
  readonly storeSilentMs: number;
}

export function describeHealth(given: {
  readonly live: boolean;
  /** Whether the store is still the one that it was. */
  readonly sound: boolean;
  readonly away: boolean;
  readonly mayOpen: boolean;
  readonly maySeal: boolean;
  readonly storeSilentMs: number;
}): KeyringHealth {
  const { live, sound, away, mayOpen, maySeal, storeSilentMs } = given;
  const usable = live && sound;
  // a window that is over is no outage while the store answers: the next call looks at it first
  const opening = usable && (mayOpen || !away);
  const sealing = usable && (maySeal || !away);
  const works = opening && sealing;
  const status = works ? (away ? 'degraded' : 'ok') : 'failing';
  return { live, status, opening, sealing, storeSilentMs };
}
