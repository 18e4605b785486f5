import { endianness } from 'node:os';
import { FieldsealError } from '@fieldseal/core';
import type { DeviceSettings, Pkcs11KeyName } from '../pkcs11-root-options.ts';
import { CK } from './ck-constants.ts';
import type { Attribute, Cryptoki, Handle } from './cryptoki.ts';
import { RETURN_VALUE, returnValue } from './return-value.ts';
import type { TokenKeys } from './token-connection.ts';

const { ATTRIBUTE, CLASS, KEY_TYPE } = CK;
const MIN_RSA_BYTES = 256;
const AES_256_BYTES = 32;
const USUAL_EXPONENT = Buffer.from([1, 0, 1]);
const UNTOLD: readonly number[] = [
  RETURN_VALUE.ATTRIBUTE_SENSITIVE,
  RETURN_VALUE.ATTRIBUTE_TYPE_INVALID,
];

type KeyOption = 'key' | 'macKey';

function unusable(option: KeyOption, reason: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option, reason });
}

function find(calls: Cryptoki, session: Handle, template: readonly Attribute[]): Handle[] {
  calls.C_FindObjectsInit(session, template);
  try {
    return calls.C_FindObjects(session, 10);
  } finally {
    calls.C_FindObjectsFinal(session);
  }
}

/** Numbers are as long as those of the machine, and in its order. */
function readNumber(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  return endianness() === 'LE' ? bytes.readUInt32LE(0) : bytes.readUInt32BE(bytes.length - 4);
}

function withoutZeros(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start === -1 ? bytes.length : start);
}

/** Reads attributes of a key; one that the token does not tell is empty. */
function createReader(calls: Cryptoki, session: Handle, key: Handle) {
  function read(type: number): Buffer {
    try {
      return calls.C_GetAttributeValue(session, key, [{ type }])[0]?.value ?? Buffer.alloc(0);
    } catch (error) {
      if (UNTOLD.includes(returnValue(error) ?? 0)) return Buffer.alloc(0);
      throw error;
    }
  }
  return {
    bytes: read,
    number: (type: number) => readNumber(read(type)),
    is: (type: number, value: boolean): boolean => read(type)[0] === Number(value),
  };
}

/** @throws `ERR_CONFIG_INVALID` unless exactly one key has the name */
function findOne(
  calls: Cryptoki,
  session: Handle,
  {
    option,
    name,
    classes,
  }: {
    readonly option: KeyOption;
    readonly name: Pkcs11KeyName;
    readonly classes: readonly number[];
  },
): Handle {
  const { label, id } = name;
  const named: readonly Attribute[] = [
    ...(label === undefined ? [] : [{ type: ATTRIBUTE.LABEL, value: label }]),
    ...(id === undefined ? [] : [{ type: ATTRIBUTE.ID, value: Buffer.from(id, 'hex') }]),
  ];
  const keys = classes.flatMap((value) =>
    find(calls, session, [{ type: ATTRIBUTE.CLASS, value }, ...named]),
  );
  const [key, ...others] = keys;
  if (key === undefined) throw unusable(option, 'KEY_ABSENT', 'The token has no such key');
  if (others.length > 0) {
    // tokens let two keys have one name, and give them in any order
    throw unusable(option, 'KEY_AMBIGUOUS', 'The token has several such keys');
  }
  const reader = createReader(calls, session, key);
  if (!reader.is(ATTRIBUTE.SENSITIVE, true) || !reader.is(ATTRIBUTE.EXTRACTABLE, false)) {
    const message = 'The token would give the key out: it has to be sensitive and not extractable';
    throw unusable(option, 'KEY_EXTRACTABLE', message);
  }
  return key;
}

/**
 * The keys that the options name, checked.
 * @throws `ERR_CONFIG_INVALID`
 */
export function findKeys(
  calls: Cryptoki,
  session: Handle,
  settings: Pick<DeviceSettings, 'key' | 'macKey'>,
): TokenKeys {
  const classes = [CLASS.SECRET_KEY, CLASS.PRIVATE_KEY];
  const key = findOne(calls, session, { option: 'key', name: settings.key, classes });
  const reader = createReader(calls, session, key);
  const type = reader.number(ATTRIBUTE.KEY_TYPE);
  if (reader.number(ATTRIBUTE.CLASS) === CLASS.PRIVATE_KEY && type === KEY_TYPE.RSA) {
    const modulus = withoutZeros(reader.bytes(ATTRIBUTE.MODULUS));
    const told = withoutZeros(reader.bytes(ATTRIBUTE.PUBLIC_EXPONENT));
    // private keys need not tell theirs; a self-test finds out whether it is this one
    const exponent = told.length > 0 ? told : USUAL_EXPONENT;
    if (modulus.length < MIN_RSA_BYTES) {
      throw unusable('key', 'KEY_SIZE', 'An RSA key of at least 2048 bits is needed');
    }
    return { kind: 'rsa', key, publicKey: { modulus, exponent } };
  }
  const isAes = type === KEY_TYPE.AES && reader.number(ATTRIBUTE.VALUE_LEN) === AES_256_BYTES;
  if (!isAes) throw unusable('key', 'KEY_TYPE', 'A key of AES-256 or RSA is needed');
  if (settings.macKey === undefined) return { kind: 'aes', key, macKey: undefined };
  const name = settings.macKey;
  const macKey = findOne(calls, session, { option: 'macKey', name, classes: [CLASS.SECRET_KEY] });
  const macType = createReader(calls, session, macKey).number(ATTRIBUTE.KEY_TYPE);
  if (macType !== KEY_TYPE.GENERIC_SECRET && macType !== KEY_TYPE.SHA256_HMAC) {
    throw unusable('macKey', 'KEY_TYPE', 'A generic secret or a key for HMAC-SHA-256 is needed');
  }
  return { kind: 'aes', key, macKey };
}
