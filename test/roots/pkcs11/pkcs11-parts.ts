import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const isRequired = process.env.CI !== undefined;

export const SOFT_HSM = firstOf(
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
);
export const NSS = firstOf(
  `/usr/lib/${gnuTriplet()}/libsoftokn3.so`,
  '/usr/lib/libsoftokn3.so',
  '/usr/lib64/libsoftokn3.so',
);

function gnuTriplet(): string {
  return `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
}

function firstOf(...paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

function runs(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Folder of the headers of PKCS#11 that come with the binding. */
export function headerFolder(): string {
  return require.resolve('pkcs11js/package.json').replace('package.json', 'includes/pkcs11');
}

function missingParts(): readonly string[] {
  const isBuilt = ((): boolean => {
    try {
      require('pkcs11js');
      return true;
    } catch {
      return false;
    }
  })();
  return [
    ...(SOFT_HSM === undefined ? ['softhsm2'] : []),
    ...(NSS === undefined ? ['libnss3'] : []),
    ...(runs('gcc') ? [] : ['gcc']),
    ...(isBuilt ? [] : ['g++ make python3 (then npm install: pkcs11js is not built)']),
  ];
}

/** Tests that need tokens. Without them it is said aloud and skipped; a failure in CI. */
export function describeTokens(name: string, tests: () => void): void {
  const parts = missingParts();
  if (parts.length === 0) {
    describe(name, tests);
    return;
  }
  const missing = `NOT CHECKED on PKCS#11 tokens: apt-get install ${parts.join(' ')}`;
  process.stderr.write(`${missing}\n`);
  test.skipIf(!isRequired)(missing, () => {
    expect.fail(missing);
  });
}
