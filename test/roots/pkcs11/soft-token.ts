import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Pkcs11Root, type Pkcs11RootOptions, pkcs11Root } from '@fieldseal/root-pkcs11';
import { temporaryFolder } from '../../../scripts/temporary-folder.mjs';
import { headerFolder, SOFT_HSM } from './pkcs11-parts.ts';

const MAKE_TOKENS = fileURLToPath(new URL('make-tokens.mjs', import.meta.url));
const FAULTY_MODULE = fileURLToPath(new URL('faulty-module.c', import.meta.url));

export interface TokenKey {
  readonly name: string;
  /** @defaultValue `aes` */
  readonly type?: 'aes' | 'mac' | 'rsa';
  readonly id?: string;
  readonly bytes?: number;
  readonly extractable?: boolean;
}

/** Keys of each token, by its label. */
export type TokenContents = Readonly<Record<string, readonly TokenKey[]>>;

export interface NewTokens {
  readonly module: string;
  readonly libraryParameters?: string;
  readonly soPin: string;
  readonly pin: string;
  readonly tokens: TokenContents;
}

/** Makes tokens, or adds keys to them; gives their serial numbers. */
export function makeTokens(tokens: NewTokens): Readonly<Record<string, string>> {
  const args = [MAKE_TOKENS, JSON.stringify(tokens)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/**
 * Tokens of SoftHSM in a folder of their own. One for a process: its configuration is in the environment. The
 * thread that talks to them is the built one, in tests too: `npx tsc -b` first.
 */
export interface SoftTokens {
  readonly folder: string;
  readonly pin: string;
  /** SoftHSM itself. */
  readonly module: string;
  /** SoftHSM behind a module that has the faults of the profile. */
  readonly faultyModule: string;
  /** Words that `faulty-module.c` knows. */
  profile(...words: readonly string[]): void;
  /** How often a PIN was presented through the faulty module. */
  logins(): number;
  /** Serial numbers of the tokens. */
  readonly serials: Readonly<Record<string, string>>;
  /** Takes all tokens away: from their slots, or with the folder that the module looks for. */
  unplug(what: 'tokens' | 'folder'): void;
  plugIn(): void;
  /** A root, closed by `remove`. */
  root(options: Partial<Pkcs11RootOptions>): Pkcs11Root;
  remove(): Promise<void>;
}

export function softTokens(contents: TokenContents): SoftTokens {
  const folder = temporaryFolder('pkcs11');
  const tokens = join(folder.path, 'tokens');
  const profile = join(folder.path, 'profile');
  const faultyModule = join(folder.path, 'faulty.so');
  const module = SOFT_HSM ?? '';
  // neither four digits nor a word: it is searched for in everything that is said
  const pin = `pin-${randomBytes(6).toString('hex')}`;
  const roots: Pkcs11Root[] = [];

  mkdirSync(tokens);
  writeFileSync(profile, '');
  writeFileSync(`${profile}.logins`, '');
  const configuration = join(folder.path, 'softhsm2.conf');
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`);
  execFileSync('gcc', [
    '-shared',
    '-fPIC',
    '-I',
    headerFolder(),
    '-o',
    faultyModule,
    FAULTY_MODULE,
  ]);
  process.env.SOFTHSM2_CONF = configuration;
  process.env.FIELDSEAL_TEST_MODULE = module;
  process.env.FIELDSEAL_TEST_PROFILE = profile;

  return {
    folder: folder.path,
    pin,
    module,
    faultyModule,
    serials: makeTokens({ module, soPin: 'so-pin-1234', pin, tokens: contents }),
    profile: (...words) => writeFileSync(profile, words.join(' ')),
    logins: () => readFileSync(`${profile}.logins`, 'utf8').length,
    unplug(what) {
      renameSync(tokens, `${tokens}.away`);
      if (what === 'tokens') mkdirSync(tokens);
    },
    plugIn() {
      rmSync(tokens, { recursive: true, force: true });
      renameSync(`${tokens}.away`, tokens);
    },
    root(options) {
      const root = pkcs11Root({
        module,
        token: { label: 'fieldseal' },
        key: { label: 'root-1' },
        pin: () => pin,
        ...options,
      });
      roots.push(root);
      return root;
    },
    async remove() {
      for (const root of roots) await root.close();
      folder.remove();
    },
  };
}
