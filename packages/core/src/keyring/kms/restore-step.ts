import { RESTORE_MARGIN } from '../restored-epoch.ts';

/** The step that an accepted restore makes, as it is signed. */
export interface RestoreStep {
  /** Epoch of the store as it was restored. */
  readonly restored: bigint;
  /** The highest that was known of it. */
  readonly known: bigint;
}

/** Name of the row that keeps the signature. */
export function restoreName({ restored, known }: RestoreStep): string {
  return `restore/${restored}/${known}`;
}

/** The epoch that the accepted store gets: hosts may have seen more than the one that accepts knows of. */
export function liftedEpoch({ known }: Pick<RestoreStep, 'known'>): bigint {
  return known + RESTORE_MARGIN;
}

/** The step that was signed; `undefined` for what is none. */
export function signedStep(content: string): RestoreStep | undefined {
  try {
    const { restored, known } = JSON.parse(content) as Record<string, unknown>;
    return { restored: BigInt(String(restored)), known: BigInt(String(known)) };
  } catch {
    return undefined;
  }
}
