/**
 * Another process with a keyring of its own: `node keyring-process.mjs <options as JSON>`. It says
 * `ready`, then answers each command that it reads with one line of JSON. It imports built files,
 * also of the core's inside, as an application's own keyring gives no key away.
 */
import { createInterface } from 'node:readline';
import { openKeyring } from '@fieldseal/core';
import { devFileRoot, fileAnchor } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { readTextHeader } from '../../packages/core/dist/cell/cell-header.js';
import { doorOf } from '../../packages/core/dist/keyring/door-of.js';

const options = JSON.parse(process.argv[2]);
const { url, rootPath, anchorPath, alias, pollIntervalMs, stagingMs, consistency } = options;
const { scope = {}, cache = {} } = options;
const SPEC = { fieldId: 'Customer.aadhaar', type: 'string', bound: false };
const cells = [];
let keyring;
let failed = 0;
let reading;
/** A cell that another process sealed, when one is given. */
let kept = options.cell;

async function seal(text) {
  const lease = await doorOf(keyring).lease({ operation: 'test', seal: [{ alias, scope }] });
  try {
    return lease.sealing(alias, scope).cipher(SPEC, 2).sealText(text);
  } finally {
    lease.release();
  }
}

async function open(cell) {
  const id = readTextHeader(cell).dataKeyId;
  const lease = await doorOf(keyring).lease({ operation: 'test', open: [id] });
  try {
    return lease.opening(id).cipher(SPEC, 2).openText(cell);
  } finally {
    lease.release();
  }
}

/** Seals a value, then opens everything so far, until it is told to stop. */
async function readAndWrite(signal) {
  while (!signal.aborted) {
    try {
      cells.push(await seal(`value ${cells.length}`));
      for (const [i, cell] of cells.entries()) {
        if ((await open(cell)) !== `value ${i}`) failed += 1;
      }
    } catch {
      failed += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const commands = {
  async open() {
    const anchor = anchorPath === undefined ? {} : { anchor: fileAnchor({ path: anchorPath }) };
    keyring = await openKeyring({
      store: postgresStore(url),
      roots: [devFileRoot({ path: rootPath })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      pollIntervalMs: pollIntervalMs ?? 100,
      stagingMs: stagingMs ?? 60_000,
      consistency: consistency ?? 'bounded',
      cache,
      ...anchor,
    });
    return { pin: keyring.pin };
  },
  async seal() {
    const cell = await seal('123412341234');
    return { cell, dataKey: Buffer.from(readTextHeader(cell).dataKeyId, 'latin1').toString('hex') };
  },
  async read() {
    const stopper = new AbortController();
    const done = readAndWrite(stopper.signal);
    reading = async () => {
      stopper.abort();
      await done;
    };
    return {};
  },
  async stop() {
    await reading();
    const dataKeys = new Set(cells.map((cell) => readTextHeader(cell).dataKeyId));
    return { cells: cells.length, failed, dataKeys: dataKeys.size };
  },
  /** Seals and opens 10,000 values, a hundred at a time. */
  async many() {
    const dataKeys = new Set();
    let wrong = 0;
    for (let n = 0; n < 10_000; n += 100) {
      const values = Array.from({ length: 100 }, (_, i) => `value ${n + i}`);
      const made = await Promise.all(values.map(seal));
      const opened = await Promise.all(made.map(open));
      wrong += values.filter((value, i) => opened[i] !== value).length;
      cells.push(made[0]);
      for (const cell of made) dataKeys.add(readTextHeader(cell).dataKeyId);
      // long enough for others to rotate the key meanwhile
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const old = await Promise.all(cells.map(open));
    wrong += old.filter((value, i) => value !== `value ${i * 100}`).length;
    return { wrong, dataKeys: dataKeys.size };
  },
  /** Opens the same cell each time: whether it may. */
  async again() {
    kept ??= await seal('123412341234');
    return open(kept).then(
      () => ({ opened: true }),
      (error) => ({ code: error.code }),
    );
  },
  /** Changes the store. */
  async key() {
    return keyring.createKey();
  },
  async shred() {
    return keyring.kms.shred({ Tenant: 'acme' });
  },
  /** Does nothing: what was started before answers first. */
  async wait() {
    return {};
  },
  /** Opens a cell until it is refused: with what, and when. */
  async refused() {
    const cell = await seal('123412341234');
    process.stdout.write(`${JSON.stringify({ opening: true })}\n`);
    for (;;) {
      const code = await open(cell).then(
        () => undefined,
        (error) => error.code,
      );
      if (code !== undefined) return { code, at: Date.now() };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  /** Does what is due until something was. */
  async due() {
    for (;;) {
      const { activated } = await keyring.runDue();
      if (activated.length > 0) return activated;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  /** Rotates five times: the versions that it was told. */
  async rotateFive() {
    const versions = [];
    for (let n = 0; n < 5; n += 1) versions.push((await keyring.rotateKey(alias)).version);
    return versions;
  },
  /** Rotates for as long as it lives. */
  async rotate() {
    const { keyId: KeyId } = keyring.listKeys().find(({ aliases }) => aliases.includes(alias));
    for (;;) {
      await keyring.kms.rotateKeyOnDemand({ KeyId });
      await keyring.runDue();
    }
  },
};

const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
for await (const line of lines) {
  const answer = await commands[line]().catch(({ code }) => ({ code }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await keyring?.close();
