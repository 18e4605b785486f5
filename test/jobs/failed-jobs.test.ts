import { controlJob, encryptExisting, listJobs, reEncrypt, verifyField } from '@fieldseal/jobs';
import { afterAll, describe, expect, test } from 'vitest';
import { createPeople, KEYS, type People } from './people-table.ts';

const open: People[] = [];
afterAll(async () => {
  await Promise.all(open.splice(0).map((people) => people.close()));
});

/** A job that has failed after its first pages, as its key was disabled. */
async function failed() {
  const people = await createPeople({ phase: 'migrating', rows: 40, key: KEYS.int! });
  open.push(people);
  const job = { ...people.job, settleMs: 0 };
  await encryptExisting(job);
  const { keyId } = await people.keyring.rotateKey('alias/kyc');
  let isDisabled = false;
  const error = await reEncrypt({
    ...job,
    rowsPerSecond: 100,
    onProgress({ read }) {
      if (read < 14 || isDisabled) return;
      isDisabled = true;
      void people.keyring.kms.disableKey({ KeyId: keyId });
    },
  }).catch((thrown: unknown) => thrown);
  return { people, job, keyId, error };
}

describe.concurrent('a job that ends by an error', { timeout: 60_000 }, () => {
  test('says so with its code, and goes on where it was when it is started again', async () => {
    const { people, job, keyId, error } = await failed();
    expect(error).toMatchObject({ code: 'ERR_KEY_DISABLED' });
    const [after] = await listJobs(people.url);
    expect(after).toMatchObject({ state: 'failed', errorCode: 'ERR_KEY_DISABLED' });
    expect(after!.cursor).not.toBeNull();
    await people.keyring.kms.enableKey({ KeyId: keyId });
    expect(await reEncrypt(job)).toMatchObject({ jobId: after!.id, state: 'done' });
    const [last, ...others] = await listJobs(people.url);
    expect(last).toMatchObject({ state: 'done', errorCode: null, written: 36 });
    expect(others.map(({ kind }) => kind)).toEqual(['encrypt-existing']);
  });

  test('can be cancelled, and keeps no other from being started', async () => {
    const { people, job, keyId } = await failed();
    await people.keyring.kms.enableKey({ KeyId: keyId });
    const [first] = await listJobs(people.url);
    expect(await verifyField(job)).toMatchObject({ state: 'done' });
    // another has come after it, so that it does not go on
    expect((await reEncrypt(job)).jobId).not.toBe(first!.id);
    await controlJob(people.url, first!.id, 'cancel');
    expect((await listJobs(people.url)).find(({ id }) => id === first!.id)?.state).toBe(
      'cancelled',
    );
  });

  test('is no failed one when somebody stops it', async () => {
    const { people, job } = await failed();
    const stop = AbortSignal.abort();
    await expect(verifyField({ ...job, signal: stop })).rejects.toMatchObject({
      code: 'ERR_JOB_STOPPED',
    });
    expect((await listJobs(people.url))[0]).toMatchObject({ state: 'running', errorCode: null });
  });
});
