/**
 * Another process with a trail: `node audit-process.mjs <url> <process id> <anchor folder>`. It says
 * `ready`, and at each line records as many operations as it says, flushes and answers how many it
 * has recorded in all; `close` closes, `forever` goes on until it is killed and answers after each
 * flush. The trail is internal, so it comes from what was built.
 */
import { createInterface } from 'node:readline';
import { fileAuditAnchor } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';

const built = new URL('../../packages/core/dist/', import.meta.url);
const load = (path) => import(new URL(path, built).href);
const { createAuditTrail } = await load('audit/create-audit-trail.js');
const { createStoreSecrets } = await load('keys/create-store-secrets.js');
const { defaultEngine } = await load('cipher/default-engine.node.js');
const { systemClock } = await load('cache/clock.js');

const [url, processId, folder] = process.argv.slice(2);
const storeKey = Uint8Array.from({ length: 32 }, (_, i) => (11 * 31 + i * 7) & 0xff);
const store = postgresStore(url);
const trail = createAuditTrail({
  store,
  engine: defaultEngine(),
  secrets: createStoreSecrets(defaultEngine(), storeKey),
  clock: systemClock,
  environment: 'test',
  processId,
  options: { detail: 'operation', checkpointEvery: 20, anchor: fileAuditAnchor({ folder }) },
});

let recorded = 0;
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

async function record(count) {
  for (let i = 0; i < count; i++) {
    recorded += 1;
    const requestId = `${processId}-${recorded}`;
    trail.record({
      principal: processId,
      action: 'Decrypt',
      keyId: 'key-1',
      readOnly: true,
      requestId,
    });
  }
  await trail.flush();
}

await store.readEpoch();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') {
    await trail.close();
    await store.close();
    say(recorded);
    break;
  }
  if (line === 'forever')
    for (;;) {
      await record(7);
      say(recorded);
    }
  await record(Number(line));
  say(recorded);
}
