import { describe, expect, it } from 'vitest';
import { activeDataKey } from '../keyring/open-keyrings.ts';
import { dumpStore, type StoreDump } from './dump-store.ts';
import { sharedKeys } from './shared-keys.ts';

const ALIAS = 'alias/kyc';
/** What keys are made of; the audit trail is left as it is. */
const CONTROL = ['head', 'key', 'key_version'];

describe('keys that were put back beside the audit trail that goes on', { timeout: 60_000 }, () => {
  const keys = sharedKeys(ALIAS);

  /** A key that was disabled, and the state from before it. */
  async function disabledKey(): Promise<StoreDump> {
    const keyring = await keys.openHere();
    await activeDataKey(keyring, ALIAS);
    const dump = await dumpStore(keys.url);
    const [key] = keyring.listKeys();
    await keyring.kms.disableKey({ KeyId: String(key?.keyId) });
    await keyring.close();
    return dump;
  }

  it('are refused by a process that knows nothing else', async () => {
    const dump = await disabledKey();
    expect(await (await keys.start()).act('open')).not.toHaveProperty('code');
    await dump.restore(CONTROL);
    const other = await keys.start();
    expect(await other.act('open')).toEqual({ code: 'ERR_STORE_ROLLED_BACK' });
  });

  it('are opened where the trail was put back with them, as nobody can tell', async () => {
    const dump = await disabledKey();
    await dump.restore();
    const other = await keys.start();
    expect(await other.act('open')).not.toHaveProperty('code');
  });
});
