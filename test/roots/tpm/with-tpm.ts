import { randomBytes } from 'node:crypto';
import type { SlotContext } from '@fieldseal/core';
import { afterAll, describe, expect, test } from 'vitest';
import { missingTpmParts, type Swtpm, startSwtpm } from './start-swtpm.ts';

const isRequired = process.env.CI !== undefined;

/** A root key, and what its slot belongs to. */
export interface Sample {
  readonly rootKey: Buffer;
  readonly context: SlotContext;
}

export function sample(): Sample {
  return {
    rootKey: randomBytes(32),
    context: {
      slotId: '0190f1c2-0000-7000-8000-000000000001',
      environment: 'test',
      rootGeneration: 1,
      commitment: randomBytes(32),
    },
  };
}

/**
 * Tests that need TPMs of their own; they are started at once, since cases are listed for them. Without
 * the parts they are skipped aloud, and fail in CI.
 */
export async function describeTpm(
  name: string,
  count: number,
  tests: (...tpms: [Swtpm, ...Swtpm[]]) => void,
): Promise<void> {
  const missing = missingTpmParts();
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    test.skipIf(!isRequired)(missing, () => {
      expect.fail(missing);
    });
    return;
  }
  const [first, ...others] = await Promise.all(Array.from({ length: count }, startSwtpm));
  describe(name, () => {
    afterAll(async () => {
      for (const tpm of [first, ...others]) await tpm?.stop();
    });
    if (first !== undefined) tests(first, ...others);
  });
}
