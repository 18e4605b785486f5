import { expect } from 'vitest';
import { checkPolicy } from './compile-policy.ts';
import type { PolicyKind } from './parse-statement.ts';

export const STATEMENT = {
  Effect: 'Allow',
  Principal: '*',
  Action: 'kms:Decrypt',
  Resource: '*',
} as const;

/** Refused with the path to the element and a reason; `undefined` when it is not. */
export function refusal(document: unknown, kind: PolicyKind = 'key-policy') {
  try {
    checkPolicy(document as string, { kind, wildcardActions: 'accept' });
    return undefined;
  } catch (error) {
    const { code, meta, message } = error as {
      code: string;
      meta: { option: string };
      message: string;
    };
    expect(code).toBe('ERR_POLICY_MALFORMED');
    expect(message.startsWith(`${meta.option} `)).toBe(true);
    return { path: meta.option, message: message.slice(meta.option.length + 1) };
  }
}

export const withStatement = (other: object, base: object = STATEMENT) => ({
  Version: '2012-10-17',
  Statement: [base, { ...base, ...other }],
});
export const withCondition = (Condition: unknown) => withStatement({ Condition });
