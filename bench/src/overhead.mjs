import { randomUUID } from 'node:crypto';
import { createMemoryStore, systemClock } from '@fieldseal/core';
import { testKeyring } from '@fieldseal/testing';
import { createAuditTrail } from '../../packages/core/dist/audit/create-audit-trail.js';
import { defaultEngine } from '../../packages/core/dist/cipher/default-engine.node.js';
import { createAuthorise } from '../../packages/core/dist/keyring/authorise.js';
import { doorOf } from '../../packages/core/dist/keyring/door-of.js';
import { createPolicyBook } from '../../packages/core/dist/keyring/kms/policy-book.js';
import { createPrincipals } from '../../packages/core/dist/keyring/principal.js';
import { indexControl } from '../../packages/core/dist/keys/control-snapshot.js';
import { createStoreSecrets } from '../../packages/core/dist/keys/create-store-secrets.js';
import { createObserver } from '../../packages/core/dist/observe/create-observer.node.js';
import { repeated, sideBySide } from './side-by-side.mjs';

const READS = 200;
/** What takes a microsecond is called more often, so that the engine has compiled it. */
const QUESTIONS = 5000;
const CELLS = 50;
/** Policy and audit trail together may cost this part of a warm open. */
const TARGET = 0.1;
const ALIAS = 'alias/bench';
const SCOPE = { tenant: 'tenant-1' };
const FIELD = { fieldId: 'customers.aadhaar', type: 'string', bound: false };

/** Opens cells of one tenant, as a read of so many rows does: one lease, one loop. */
async function warmOpen(keyring, count) {
  const door = doorOf(keyring);
  const seal = await door.lease({ operation: 'bench', seal: [{ alias: ALIAS, scope: SCOPE }] });
  const key = seal.sealing(ALIAS, SCOPE);
  const cipher = key.cipher(FIELD, 1);
  const { id } = key;
  const cells = Array.from({ length: count }, () =>
    Buffer.from(cipher.sealText('2345 6789 0123')).toString(),
  );
  seal.release();
  return async () => {
    const lease = await door.lease({ operation: 'bench', open: [id] });
    const opener = lease.opening(id).cipher(FIELD, 1);
    for (const cell of cells) opener.openText(cell);
    lease.release();
  };
}

/** The question that the door asks once for each data key, with the entry that it leaves. */
async function authorising(store, KeyId, trail) {
  const snapshot = indexControl(await store.readControl());
  const authorise = createAuthorise({
    principals: createPrincipals('service/bench'),
    decide: createPolicyBook({}, { required: false }).decide,
    trail,
    now: () => Date.now(),
    monotonic: () => performance.now(),
  });
  const key = snapshot.keys.get(KeyId);
  const use = { operation: 'bench', snapshot, action: 'Decrypt', key, scope: SCOPE };
  return () => authorise(use);
}

function realTrail(store) {
  const engine = defaultEngine();
  return createAuditTrail({
    store,
    engine,
    secrets: createStoreSecrets(engine, new Uint8Array(32).fill(7)),
    clock: systemClock,
    environment: 'bench',
    processId: randomUUID(),
  });
}

const nothing = Promise.resolve();

/** An event that nobody listens to. */
function unheard() {
  const observer = createObserver('bench');
  const facts = () => ({ operation: 'bench', rows: CELLS, cells: 0 });
  return () => observer.run('open', facts, () => nothing);
}

/** What policies, the audit trail and events that nobody listens to take of a warm open. */
export async function benchOverhead({ add, rounds }) {
  const store = createMemoryStore();
  const keyring = await testKeyring({ store });
  const { KeyMetadata } = await keyring.kms.createKey();
  const { KeyId } = KeyMetadata;
  await keyring.createAlias(ALIAS, KeyId);
  const trail = realTrail(createMemoryStore());
  const reads = { page: await warmOpen(keyring, CELLS), cell: await warmOpen(keyring, 1) };
  const questions = {
    policy: await authorising(store, KeyId, { record() {} }),
    audited: await authorising(store, KeyId, trail),
    unheard: unheard(),
  };
  const each = (calls, times) =>
    Object.entries(calls).map(([name, call]) => [name, { run: repeated(call, times), times }]);
  const candidates = new Map([...each(reads, READS), ...each(questions, QUESTIONS)]);
  const runs = [...candidates].map(([name, { run }]) => [name, run]);
  const measured = await sideBySide(Object.fromEntries(runs), { rounds });
  await trail.close().catch(() => {});
  await keyring.close();
  const us = (name) => (measured[name].medianMs * 1000) / candidates.get(name).times;
  const shares = [
    { part: 'policy', us: us('policy'), says: 'the decision on one data key, remembered' },
    { part: 'audit', us: us('audited') - us('policy'), says: 'the entry of it' },
    { part: 'policy-and-audit', us: us('audited'), says: 'both' },
    { part: 'unheard', us: us('unheard'), says: 'an event that nobody listens to' },
  ];
  for (const { part, says, us: cost } of shares) {
    const target = part === 'policy-and-audit' ? { target: TARGET } : {};
    const finding = { measured: says, us: cost, ...target };
    const bench = `overhead-${part}-share-of-open`;
    const [page, cell] = [cost / us('page'), cost / us('cell')];
    const against = `a warm open of ${CELLS} cells`;
    add({ ...finding, bench: `${bench}-${CELLS}`, ratio: page, against });
    add({ ...finding, bench: `${bench}-1`, ratio: cell, against: 'a warm open of one cell' });
  }
}
