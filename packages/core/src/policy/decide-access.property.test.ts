import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  accessRequest,
  allowStatement,
  denyStatement,
  statements,
} from './arbitrary-policy.fake.ts';
import { decideAccess } from './decide-access.ts';
import { findWidening } from './find-widening.ts';
import { grant, policy, word } from './policies.fake.ts';
import type { PolicyStatement } from './policy-document.ts';
import { decideByReference } from './reference.fake.ts';

const decide = (list: readonly PolicyStatement[], request: Parameters<typeof decideAccess>[1]) =>
  decideAccess({ keyPolicy: policy(list) }, request);

it('agrees with the rules written down a second time', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(statements, accessRequest, (list, request) => {
      const decision = word(decide(list, request));
      expect(decision).toBe(decideByReference(list, request));
      seen.add(decision);
    }),
    { numRuns: 2000 },
  );
  expect([...seen].sort()).toEqual(['allow', 'explicit-deny', 'implicit-deny']);
});

it('never allows because of one more deny', () => {
  fc.assert(
    fc.property(statements, denyStatement, fc.nat(5), accessRequest, (list, deny, at, request) => {
      const more = list.toSpliced(at, 0, deny);
      if (decide(more, request).allowed) expect(decide(list, request).allowed).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('never denies because of one more allow', () => {
  fc.assert(
    fc.property(statements, allowStatement, accessRequest, (list, allow, request) => {
      if (decide(list, request).allowed)
        expect(decide([...list, allow], request).allowed).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('does not change with a statement about somebody else', () => {
  const unrelated = fc
    .oneof(allowStatement, denyStatement)
    .map((statement) => ({ ...statement, Principal: { Fieldseal: 'nobody/*' } }));
  fc.assert(
    fc.property(statements, unrelated, accessRequest, (list, other, request) => {
      expect(decide([...list, other], request)).toEqual(decide(list, request));
    }),
    { numRuns: 500 },
  );
});

it('does not hang on the order of statements', () => {
  const shuffled = statements.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, accessRequest, ([list, other], request) => {
      expect(word(decide(other, request))).toBe(word(decide(list, request)));
    }),
    { numRuns: 500 },
  );
});

it('lets no grant win over a deny', () => {
  fc.assert(
    fc.property(statements, accessRequest, (list, request) => {
      const grants = [
        grant({ granteePrincipal: request.principal.id, operations: [request.action] }),
      ];
      const decision = decideAccess({ keyPolicy: policy(list), grants }, request);
      if (word(decide(list, request)) === 'explicit-deny') expect(decision.allowed).toBe(false);
    }),
    { numRuns: 500 },
  );
});

it('finds a widening wherever a request is allowed that was not', () => {
  let widened = 0;
  let kept = 0;
  const change = statements.chain((before) =>
    fc.tuple(
      fc.constant(before),
      fc.oneof(
        statements,
        fc.shuffledSubarray(before, { minLength: 1 }),
        denyStatement.map((deny) => [...before, deny]),
      ),
    ),
  );
  fc.assert(
    fc.property(
      change,
      fc.array(accessRequest, { minLength: 5, maxLength: 5 }),
      ([before, after], asked) => {
        if (findWidening(policy(before), policy(after)) !== undefined) {
          widened += 1;
          return;
        }
        kept += 1;
        for (const request of asked) {
          if (decide(after, request).allowed) expect(decide(before, request).allowed).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(widened).toBeGreaterThan(30);
  expect(kept).toBeGreaterThan(30);
});
