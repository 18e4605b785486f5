/** Makes tokens and keys on them, in a process of its own. Prints their serial numbers. */
import pkcs11 from 'pkcs11js';

const { module, libraryParameters, soPin, pin, tokens } = JSON.parse(process.argv[2]);
const calls = new pkcs11.PKCS11();
calls.load(module);
calls.C_Initialize(
  libraryParameters === undefined
    ? undefined
    : { flags: 0, libraryParameters: `${libraryParameters} ` },
);

const flags = (names) => names.map((name) => ({ type: pkcs11[`CKA_${name}`], value: true }));
const common = ({ name, id }) => [
  { type: pkcs11.CKA_LABEL, value: name },
  ...(id === undefined ? [] : [{ type: pkcs11.CKA_ID, value: Buffer.from(id, 'hex') }]),
  ...flags(['TOKEN', 'PRIVATE']),
];
const guarded = ({ extractable = false }) => [
  { type: pkcs11.CKA_SENSITIVE, value: !extractable },
  { type: pkcs11.CKA_EXTRACTABLE, value: extractable },
];

function slotOf(label) {
  return calls.C_GetSlotList(true).find((slot) => {
    return calls.C_GetTokenInfo(slot).label.replace(/[\0 ]+$/, '') === label;
  });
}

function isEmpty(slot) {
  return (calls.C_GetTokenInfo(slot).flags & pkcs11.CKF_TOKEN_INITIALIZED) === 0;
}

function makeKey(session, key) {
  const own = [...common(key), ...guarded(key)];
  if (key.type === 'rsa') {
    const isPublic = [
      ...common(key),
      ...flags(['ENCRYPT']),
      { type: pkcs11.CKA_MODULUS_BITS, value: 2048 },
      { type: pkcs11.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
    ];
    const mechanism = { mechanism: pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, parameter: null };
    calls.C_GenerateKeyPair(session, mechanism, isPublic, [...own, ...flags(['DECRYPT'])]);
    return;
  }
  const isMac = key.type === 'mac';
  const number = isMac ? pkcs11.CKM_GENERIC_SECRET_KEY_GEN : pkcs11.CKM_AES_KEY_GEN;
  const uses = isMac ? ['SIGN', 'VERIFY'] : ['ENCRYPT', 'DECRYPT', 'WRAP', 'UNWRAP'];
  calls.C_GenerateKey(session, { mechanism: number, parameter: null }, [
    ...own,
    { type: pkcs11.CKA_VALUE_LEN, value: key.bytes ?? 32 },
    ...flags(uses),
  ]);
}

function makeToken(label, keys) {
  if (slotOf(label) === undefined) {
    // a label is 32 characters; the token gets another slot
    calls.C_InitToken(calls.C_GetSlotList(true).find(isEmpty), soPin, label.padEnd(32));
  }
  const slot = slotOf(label);
  const session = calls.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION);
  if ((calls.C_GetTokenInfo(slot).flags & pkcs11.CKF_USER_PIN_INITIALIZED) === 0) {
    calls.C_Login(session, pkcs11.CKU_SO, soPin);
    calls.C_InitPIN(session, pin);
    calls.C_Logout(session);
  }
  calls.C_Login(session, pkcs11.CKU_USER, pin);
  for (const key of keys) makeKey(session, key);
  return calls.C_GetTokenInfo(slot).serialNumber.trim();
}

const serials = Object.entries(tokens).map(([label, keys]) => [label, makeToken(label, keys)]);
process.stdout.write(JSON.stringify(Object.fromEntries(serials)));
calls.C_Finalize();
