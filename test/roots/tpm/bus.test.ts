import { createECDH } from 'node:crypto';
import { readTpmSrk, tpmRoot } from '@fieldseal/root-tpm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { policyCommandCode } from '../../../packages/root-tpm/src/command/policy-commands.ts';
import { withSession } from '../../../packages/root-tpm/src/command/session-commands.ts';
import { SRK_TEMPLATES } from '../../../packages/root-tpm/src/marshalling/public-area.ts';
import { COMMAND, HANDLE } from '../../../packages/root-tpm/src/marshalling/tpm-constants.ts';
import { type Interposer, interpose } from './interposer.ts';
import { withLoadedSlot } from './loaded-slot.ts';
import { describeTpm, sample } from './with-tpm.ts';

const PIN = '48291348291348';
const REFUSED = 'ERR_ROOT_REFUSED';

/** Puts the key of somebody else in the place of the storage root key, wherever it is answered. */
function swapSrk(answer: Buffer): Buffer {
  const template = SRK_TEMPLATES[0] ?? Buffer.alloc(0);
  const head = template.subarray(0, template.length - 68);
  const at = answer.indexOf(head);
  if (at < 0) return answer;
  const own = createECDH('prime256v1');
  const point = own.generateKeys();
  point.copy(answer, at + head.length + 2, 1, 33);
  point.copy(answer, at + head.length + 36, 33, 65);
  return answer;
}

await describeTpm('the bus between processor and TPM', 1, (tpm) => {
  const { rootKey, context } = sample();
  let bus: Interposer;
  beforeEach(async () => {
    bus = await interpose(tpm.device.port);
  });
  afterEach(async () => {
    await bus.stop();
  });

  test('shows neither root key nor PIN', async () => {
    const root = tpmRoot({ device: bus.device, pin: () => PIN });
    const slot = await root.seal(rootKey, context);
    expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
    const captured = bus.captured();
    expect(bus.commands()).toEqual(expect.arrayContaining([COMMAND.CREATE, COMMAND.UNSEAL]));
    expect(captured.includes(Buffer.from(slot.sealed.subarray(-100)))).toBe(true);
    expect(captured.includes(rootKey.subarray(0, 8))).toBe(false);
    expect(captured.includes(PIN)).toBe(false);
    // what is bound needs the PIN: who plays the TPM with a key of their own gets no further
    const bound = bus.sent(COMMAND.START_AUTH_SESSION).map((bytes) => bytes.readUInt32BE(14));
    expect(bound.filter((handle) => handle !== HANDLE.NULL)).toHaveLength(1);
  });

  test('shows the root key where a session does not encrypt, so the test above can fail', async () => {
    const root = tpmRoot({ device: bus.device });
    const slot = await root.seal(rootKey, context);
    expect(bus.captured().includes(rootKey)).toBe(false);
    await withLoadedSlot(bus.device, slot, ({ client, srk, object }) =>
      withSession(client, { srk, type: 'policy' }, async (session) => {
        await policyCommandCode(client, session, COMMAND.UNSEAL);
        const authorizations = [{ session }];
        await client.execute({ code: COMMAND.UNSEAL, entities: [object], authorizations });
      }),
    );
    expect(bus.captured().includes(rootKey)).toBe(true);
  });

  test('with a storage root key of somebody else: nothing is sealed for it, nothing opens', async () => {
    const { name } = await readTpmSrk({ device: bus.device });
    const root = tpmRoot({ device: bus.device });
    const pinned = tpmRoot({ device: bus.device, srkName: name });
    const slot = await pinned.seal(rootKey, context);
    bus.change(swapSrk);
    expect(await root.open(slot, context)).toBeNull();
    // the TPM cannot decrypt what was encrypted for another key
    await expect(root.seal(rootKey, context)).rejects.toMatchObject({ code: REFUSED });
    const before = bus.commands().length;
    await expect(pinned.seal(rootKey, context)).rejects.toMatchObject({
      code: REFUSED,
      meta: { reason: 'SRK' },
    });
    expect(bus.commands().slice(before)).not.toContain(COMMAND.CREATE);
    bus.change(undefined);
    expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
    const other = tpmRoot({ device: bus.device, srkName: `000b${'00'.repeat(32)}` });
    expect(await other.open(slot, context)).toBeNull();
  });

  test('with an answer that was changed is noticed before anything of it is used', async () => {
    const root = tpmRoot({ device: bus.device });
    const slot = await root.seal(rootKey, context);
    bus.change((answer, command) => {
      // the first encrypted byte of what was sealed
      if (command === COMMAND.UNSEAL) answer.writeUInt8(answer.readUInt8(16) ^ 1, 16);
      return answer;
    });
    await expect(root.open(slot, context)).rejects.toMatchObject({
      code: 'ERR_ROOT_REFUSED',
      meta: { reason: 'SESSION_HMAC' },
    });
  });

  test('with a TPM that gives what was sealed for a password is refused when it seals', async () => {
    const root = tpmRoot({ device: bus.device });
    const given = Buffer.from('800200000015000000000000000200000000010000', 'hex');
    bus.change((answer, command) => (command === COMMAND.UNSEAL ? given : answer));
    await expect(root.seal(rootKey, context)).rejects.toMatchObject({
      code: REFUSED,
      meta: { reason: 'POLICY_BYPASSED' },
    });
  });

  test('over which a register changes meanwhile: the policy is begun anew, not for ever', async () => {
    const root = tpmRoot({ device: bus.device });
    const slot = await root.seal(rootKey, context);
    let changes = 1;
    bus.change((answer, command) => {
      if (command !== COMMAND.UNSEAL || changes === 0) return answer;
      changes -= 1;
      return Buffer.from('80010000000a00000128', 'hex');
    });
    expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
    expect(changes).toBe(0);
    changes = 100;
    await expect(root.open(slot, context)).rejects.toMatchObject({
      code: 'ERR_ROOT_UNAVAILABLE',
      meta: { reason: 'TPM_RC_PCR_CHANGED' },
    });
    expect(changes).toBe(95);
  });

  test('that says to try again is asked again; one that never stops is a device that is gone', async () => {
    const root = tpmRoot({ device: bus.device });
    const slot = await root.seal(rootKey, context);
    const retry = Buffer.from('80010000000a00000922', 'hex');
    let busy = 2;
    bus.change((answer, command) => {
      if (command !== COMMAND.READ_PUBLIC || busy === 0) return answer;
      busy -= 1;
      return retry;
    });
    expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
    expect(busy).toBe(0);
    bus.change(() => retry);
    await expect(root.open(slot, context)).rejects.toMatchObject({
      code: 'ERR_ROOT_UNAVAILABLE',
      meta: { reason: 'TPM_RC_RETRY' },
    });
  });

  test.each([
    ['shorter than it says', '80010000000b0000000000'.slice(0, 20), 'ETIMEDOUT'],
    ['longer than a TPM gives', '8001ffffffff00000000', 'MALFORMED'],
    ['longer than it says', '80010000000a0000000000', 'MALFORMED'],
    ['of another kind', '80020000000a00000000', 'MALFORMED'],
    ['without what was asked for', '80010000000a00000000', 'MALFORMED'],
    ['an error that nobody knows', '80010000000a00000942', 'TPM_RC_0x942'],
  ])(
    'with an answer that is %s is a device that does not answer',
    async (_name, answer, reason) => {
      const root = tpmRoot({ device: bus.device, commandTimeoutMs: 200 });
      const slot = await root.seal(rootKey, context);
      bus.change(() => Buffer.from(answer, 'hex'));
      await expect(root.open(slot, context)).rejects.toMatchObject({
        code: 'ERR_ROOT_UNAVAILABLE',
        retryable: true,
        meta: { reason },
      });
      bus.change(undefined);
      expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
    },
  );

  test.each([
    ['/nowhere/tpmrm0', 'ENOENT'],
    ['/dev/null', 'MALFORMED'],
    [{ socket: '/nowhere/socket' }, 'ENOENT'],
    [{ host: '127.0.0.1', port: 1 }, 'ECONNREFUSED'],
  ])('that leads to no TPM (%j) is a device that does not answer', async (device, reason) => {
    const slot = await tpmRoot({ device: tpm.device }).seal(rootKey, context);
    await expect(tpmRoot({ device }).open(slot, context)).rejects.toMatchObject({
      code: 'ERR_ROOT_UNAVAILABLE',
      meta: { reason },
    });
  });

  test('leaves nothing in the TPM, whatever fails on it', () => {
    const loaded = ['handles-transient', 'handles-loaded-session', 'handles-saved-session'];
    const lists = loaded.map((list) => tpm.tool('tpm2_getcap', [list]).toString());
    expect(lists).toEqual(['', '', '']);
  });
});
