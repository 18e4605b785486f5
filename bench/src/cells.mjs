import { randomBytes, randomUUID } from 'node:crypto';
import { decryptStringSync, encryptStringSync, generateKey, parseKeySync } from '@47ng/cloak';
import { EncryptionTransformer } from 'typeorm-encrypted';
import { createFieldCipher } from '../../packages/core/dist/cell/create-field-cipher.js';
import { encodeRow } from '../../packages/core/dist/cell/encode-row.js';
import { defaultRandom, engines } from './engines.mjs';
import { sideBySide } from './side-by-side.mjs';

const TEXT = '2345 6789 0123';
const CELLS = 500;

function createCipher({ engine, suite, bound }) {
  return createFieldCipher({
    engine,
    random: defaultRandom(),
    fieldKey: randomBytes(32),
    suite,
    dataKeyId: randomBytes(16),
    environment: 'bench',
    fieldId: 'customers.aadhaar',
    type: 'string',
    bound,
    tenant: 'tenant-1',
  });
}

/** Field-bound and row-bound ciphers of each engine and suite. */
function ciphers() {
  return Object.entries(engines()).flatMap(([name, engine]) =>
    [1, 2].map((suite) => ({
      name: `suite${suite}-${name}`,
      make: (bound) => createCipher({ engine, suite, bound }),
    })),
  );
}

function randomRows(count) {
  return Array.from({ length: count }, () => encodeRow([{ type: 'uuid', value: randomUUID() }]));
}

/** Opens `count` warm cells, as the keyring of this platform would. */
export function openCells({ suite, bound, count }) {
  const { sodium, node } = engines();
  const cipher = createCipher({ engine: sodium ?? node, suite, bound });
  const rows = bound ? randomRows(count) : Array.from({ length: count });
  const cells = rows.map((row) => flat(cipher.sealText(TEXT, row)));
  return () => times(cells, (cell, i) => cipher.openText(cell, rows[i]));
}

/** What one call of a benchmark does with a cipher: 500 seals or 500 opens. */
function fieldsealCandidates() {
  const candidates = {};
  for (const { name, make } of ciphers()) {
    const cipher = make(false);
    const sealed = Array.from({ length: CELLS }, () => flat(cipher.sealText(TEXT)));
    candidates[`seal-${name}`] = () => times(sealed, () => cipher.sealText(TEXT));
    candidates[`open-${name}`] = () => times(sealed, (cell) => cipher.openText(cell));
    const bound = make(true);
    const rows = randomRows(CELLS);
    const inRows = rows.map((row) => flat(bound.sealText(TEXT, row)));
    candidates[`seal-${name}-row`] = () => times(rows, (row) => bound.sealText(TEXT, row));
    candidates[`open-${name}-row`] = () =>
      times(inRows, (cell, i) => bound.openText(cell, rows[i]));
  }
  return candidates;
}

function peerCandidates() {
  const key = parseKeySync(generateKey());
  const cloaked = Array.from({ length: CELLS }, () => encryptStringSync(TEXT, key));
  const transformer = new EncryptionTransformer({
    key: randomBytes(32).toString('hex'),
    algorithm: 'aes-256-gcm',
    ivLength: 12,
    authTagLength: 16,
  });
  const transformed = Array.from({ length: CELLS }, () => transformer.to(TEXT));
  return {
    'seal-cloak': () => times(cloaked, () => encryptStringSync(TEXT, key)),
    'open-cloak': () => times(cloaked, (cell) => decryptStringSync(cell, key)),
    'seal-typeorm-encrypted': () => times(transformed, () => transformer.to(TEXT)),
    'open-typeorm-encrypted': () => times(transformed, (cell) => transformer.from(cell)),
  };
}

/** Calls `work` for each item. */
function times(items, work) {
  for (let i = 0; i < items.length; i++) work(items[i], i);
}

/** As it comes from a driver: one flat string, not the parts that it was joined from. */
function flat(text) {
  return Buffer.from(text).toString();
}

/** At least 5 times and 1.7 times faster than cloak. */
const CLOAK_TARGET = { 'suite2-sodium': 1 / 5, 'suite1-node': 1 / 1.7 };
const MICROSECONDS_TARGET = { 'suite2-sodium': 1.6, 'suite1-node': 4.5 };

/** One warm text cell of 14 characters, sealed and opened, by every engine and by the peers. */
export async function benchCells({ add, rounds }) {
  const measured = await sideBySide(
    { ...fieldsealCandidates(), ...peerCandidates() },
    { rounds, warmUp: 10 },
  );
  const us = (name) => (measured[name].medianMs * 1000) / CELLS;
  for (const { name } of ciphers()) {
    for (const verb of ['seal', 'open']) {
      const key = `${verb}-${name}`;
      if (MICROSECONDS_TARGET[name] !== undefined) {
        add({
          bench: `cell-${key}-us`,
          ratio: us(key),
          target: MICROSECONDS_TARGET[name],
          measured: key,
          against: '1 us',
          us: us(key),
        });
      }
      add({
        bench: `cell-${key}-vs-cloak`,
        ratio: us(key) / us(`${verb}-cloak`),
        target: CLOAK_TARGET[name],
        measured: key,
        against: '@47ng/cloak',
        us: us(key),
      });
      add({
        bench: `cell-${key}-vs-typeorm-encrypted`,
        ratio: us(key) / us(`${verb}-typeorm-encrypted`),
        measured: key,
        against: 'typeorm-encrypted',
        us: us(key),
      });
      add({
        bench: `cell-${key}-row-vs-field`,
        ratio: us(`${key}-row`) / us(key),
        measured: `${key}-row`,
        against: key,
        us: us(`${key}-row`),
      });
    }
  }
}
