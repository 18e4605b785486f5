/** How much a finding matters: `failed` means that a promise of Fieldseal does not hold. */
export type FindingLevel = 'ok' | 'warning' | 'failed';

/** What one check found. */
export interface Finding {
  /** What was looked at, such as `root slots`. */
  readonly check: string;
  readonly level: FindingLevel;
  /** What was found, in one sentence. */
  readonly found: string;
  /** What to do about it; SQL to paste where that is it. */
  readonly advice?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  level: 'warning',
  found,
  advice,
});

export const failed = (check: string, found: string, advice: string): Finding => ({
  check,
  level: 'failed',
  found,
  advice,
});
