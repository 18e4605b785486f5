import { invalidOption } from './invalid-option.ts';
import type { PinSource } from './pin/read-pin.ts';

/** Names a token; everything given has to be so. Numbers of slots change, so they name none. */
export interface Pkcs11TokenName {
  readonly label?: string;
  readonly serial?: string;
}

/** Names a key on the token; everything given has to be so, and exactly one key may be. */
export interface Pkcs11KeyName {
  readonly label?: string;
  /** `CKA_ID`, as hexadecimal digits. */
  readonly id?: string;
}

export interface Pkcs11RootOptions {
  /** Path of the library of the vendor, such as `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string;
  readonly token: Pkcs11TokenName;
  /**
   * A secret key of AES-256 that the token never gives out; or, where a token has no AES, a pair of RSA
   * keys of 2048 bits or more.
   */
  readonly key: Pkcs11KeyName;
  /**
   * A secret key for HMAC-SHA-256 that the token never gives out. It is used where the token has neither
   * AES-GCM nor an AES key wrap.
   */
  readonly macKey?: Pkcs11KeyName;
  /** PIN of the user. Left out for tokens that ask for none. A PIN that was wrong is not tried twice. */
  readonly pin?: PinSource;
  /**
   * How long a call waits for the token before it is `ERR_ROOT_UNAVAILABLE`.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number;
  /**
   * How many calls the token works on at once. Each takes a session of the token, and while it lasts one
   * of the four threads that Node has for files and cryptography.
   * @defaultValue 2
   */
  readonly sessions?: number;
  /** What some modules want to be initialised with, such as NSS. */
  readonly libraryParameters?: string;
  /**
   * Names what the token is lost with: roots of one name count as one.
   * @defaultValue serial number or label of the token, so that two keys of one token count as one
   */
  readonly failureDomain?: string;
  /**
   * Whether the token opens the store when the machines that run the application are gone, as one in
   * another building may. The last slot of such a root is never removed.
   * @defaultValue false
   */
  readonly recovery?: boolean;
  /**
   * Whether it is asked only when no other root opens the store.
   * @defaultValue true when the PIN comes from a function, which may ask a person
   */
  readonly interactive?: boolean;
}

const OPTIONS: readonly string[] = [
  'module',
  'token',
  'key',
  'macKey',
  'pin',
  'timeoutMs',
  'sessions',
  'libraryParameters',
  'failureDomain',
  'recovery',
  'interactive',
];

const MAX_DOMAIN = 128;

/** What a thread needs to know of a root; the PIN is sent when it is needed. */
export interface DeviceSettings {
  readonly module: string;
  readonly libraryParameters: string | undefined;
  readonly token: Pkcs11TokenName;
  readonly key: Pkcs11KeyName;
  readonly macKey: Pkcs11KeyName | undefined;
  readonly sessions: number;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function checkNames(option: string, given: unknown, allowed: readonly string[]): void {
  const names = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  const set = names.filter(([, value]) => value !== undefined);
  if (set.length > 0 && set.every(([name, value]) => allowed.includes(name) && isText(value))) {
    return;
  }
  throw invalidOption(option, `Give ${allowed.join(' or ')}, or both, and nothing else`);
}

function checkKeyName(option: string, given: Pkcs11KeyName): Pkcs11KeyName {
  checkNames(option, given, ['label', 'id']);
  if (given.id !== undefined && !/^(?:[0-9a-f]{2})+$/i.test(given.id)) {
    throw invalidOption(option, 'An id is written in pairs of hexadecimal digits');
  }
  return { ...given };
}

function checkNumber(option: string, value: number, [least, most]: readonly number[]): number {
  if (Number.isSafeInteger(value) && value >= (least as number) && value <= (most as number)) {
    return value;
  }
  throw invalidOption(option, `A whole number from ${least} to ${most} is needed`);
}

function checkFlag(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidOption(option, 'True or false is needed');
}

function checkDomain({ token, failureDomain }: Pkcs11RootOptions): string {
  const domain = failureDomain ?? `pkcs11:${token.serial ?? token.label}`;
  if (isText(domain) && domain.length <= MAX_DOMAIN) return domain;
  throw invalidOption('failureDomain', `A name of at most ${MAX_DOMAIN} characters is needed`);
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkOptions(options: Pkcs11RootOptions): {
  readonly settings: DeviceSettings;
  readonly pin: PinSource | undefined;
  readonly timeoutMs: number;
  readonly failureDomain: string;
  readonly recovery: boolean;
  readonly interactive: boolean;
} {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw invalidOption(unknown, 'There is no such option');
  const { module, token, key, macKey, pin, libraryParameters } = options;
  if (!isText(module)) throw invalidOption('module', 'The path of a PKCS#11 module is needed');
  checkNames('token', token, ['label', 'serial']);
  const isPinSource = typeof pin === 'function' || isText((pin as { file?: unknown })?.file);
  if (pin !== undefined && !isPinSource) {
    throw invalidOption('pin', 'The PIN comes from a function or from a file');
  }
  if (libraryParameters !== undefined && !isText(libraryParameters)) {
    throw invalidOption('libraryParameters', 'A text is needed');
  }
  return {
    settings: {
      module,
      libraryParameters,
      token: { ...token },
      key: checkKeyName('key', key),
      macKey: macKey === undefined ? undefined : checkKeyName('macKey', macKey),
      sessions: checkNumber('sessions', options.sessions ?? 2, [1, 16]),
    },
    pin,
    failureDomain: checkDomain(options),
    recovery: checkFlag('recovery', options.recovery ?? false),
    interactive: checkFlag('interactive', options.interactive ?? typeof pin === 'function'),
    timeoutMs: checkNumber('timeoutMs', options.timeoutMs ?? 10_000, [1, 600_000]),
  };
}
