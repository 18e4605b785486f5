import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Somebody who signs: an approver, or a stranger. */
export interface Person {
  /** As in `id_ed25519.pub`. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** A string of the SSH protocol (RFC 4251 section 5). */
function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function person(): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat([sshString(Buffer.from('ssh-ed25519')), sshString(raw)]);
  return { publicKey: `ssh-ed25519 ${blob.toString('base64')} carol@desk`, privateKey };
}

export function signed({ privateKey }: Person, statement: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, statement, privateKey));
}

/** What `ssh-keygen -Y sign` writes, after OpenSSH's PROTOCOL.sshsig. */
export function sshSigned(
  { privateKey, publicKey }: Person,
  statement: Uint8Array,
  namespace: string,
) {
  const text = (value: string): Buffer => sshString(Buffer.from(value));
  const shared = [text(namespace), text(''), text('sha512')];
  const hash = createHash('sha512').update(statement).digest();
  const message = Buffer.concat([Buffer.from('SSHSIG'), ...shared, sshString(hash)]);
  const signature = Buffer.concat([
    text('ssh-ed25519'),
    sshString(sign(null, message, privateKey)),
  ]);
  const version = Buffer.from([0, 0, 0, 1]);
  const key = sshString(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
  const blob = Buffer.concat([
    Buffer.from('SSHSIG'),
    version,
    key,
    ...shared,
    sshString(signature),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
}
