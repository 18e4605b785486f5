export { expectSealed } from './expect-sealed.ts';
export { type FakeRoot, fakeRoot, type RootFault } from './fake-root.ts';
export { type FixedClock, fixedClock } from './fixed-clock.ts';
export { memoryRoot } from './memory-root.ts';
export { rootConformance } from './root-conformance/root-conformance.ts';
export type { RootCase, RootUnderTest } from './root-conformance/root-under-test.ts';
export { type TestKeyringOptions, testKeyring } from './test-keyring.ts';
