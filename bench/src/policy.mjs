import { compilePolicy } from '../../packages/core/dist/policy/compile-policy.js';
import { decideAccess } from '../../packages/core/dist/policy/decide-access.js';
import { sideBySide } from './side-by-side.mjs';

const DECISIONS = 1000;
const TARGET_US = 5;

/** A statement of the kind that teams write: some actions, a pattern of names, two conditions. */
function statement(number) {
  return {
    Sid: `Statement${number}`,
    Effect: number % 5 === 0 ? 'Deny' : 'Allow',
    Principal: { Fieldseal: [`service/app-${number}`, `team-${number}/*`] },
    Action: ['fieldseal:Encrypt', 'fieldseal:Decrypt', 'fieldseal:GenerateMac'],
    Resource: '*',
    Condition: {
      StringEquals: { 'fieldseal:EncryptionContext:tenant': `tenant-${number}` },
      StringLike: { 'fieldseal:EncryptionContext:app': `app-*-${number}` },
    },
  };
}

/** All 20 statements are about the action and about everybody; only the last one's conditions hold. */
function worst(number) {
  return { ...statement(number), Effect: number < 10 ? 'Deny' : 'Allow', Principal: '*' };
}

const documentOf = (make) => ({
  Version: '2012-10-17',
  Statement: Array.from({ length: 20 }, (_, number) => make(number)),
});

const KEY = { type: 'key', id: 'a2f9', aliases: ['alias/kyc'], spec: 'SYMMETRIC_DEFAULT' };
const REQUEST = {
  principal: { id: 'team-19/ann', tags: { tenant: 'tenant-19' } },
  action: 'Decrypt',
  resource: KEY,
  now: Date.UTC(2026, 10, 26),
  encryptionContext: { tenant: 'tenant-19', app: 'app-kyc-19' },
};

function decisions(document) {
  const policies = { keyPolicy: compilePolicy(document, { kind: 'key-policy' }) };
  if (!decideAccess(policies, REQUEST).allowed) throw new Error('The bench asks the wrong thing');
  return () => {
    for (let i = 0; i < DECISIONS; i++) decideAccess(policies, REQUEST);
  };
}

/** Decisions on a policy of 20 statements, warm; and what compiling it each time would cost. */
export async function benchPolicy({ add, rounds }) {
  const typical = documentOf(statement);
  const text = JSON.stringify(typical);
  const compiled = await sideBySide(
    {
      typical: decisions(typical),
      worst: decisions(documentOf(worst)),
      compile: () => {
        for (let i = 0; i < DECISIONS / 100; i++) {
          const keyPolicy = compilePolicy(text, { kind: 'key-policy' });
          decideAccess({ keyPolicy }, REQUEST);
        }
      },
    },
    { rounds },
  );
  const us = (name, count) => (compiled[name].medianMs * 1000) / count;
  for (const name of ['typical', 'worst']) {
    const perDecision = us(name, DECISIONS);
    add({
      bench: `policy-decide-20-${name}-us`,
      ratio: perDecision,
      target: TARGET_US,
      measured: 'a decision',
      against: '1 us',
      us: perDecision,
    });
  }
  add({
    bench: 'policy-decide-20-vs-compiling',
    ratio: us('typical', DECISIONS) / us('compile', DECISIONS / 100),
    measured: 'a decision',
    against: 'compiling the policy for it',
    us: us('typical', DECISIONS),
  });
}
