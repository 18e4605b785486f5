import { encryptedColumns, fieldseal, unique } from '@fieldseal/typeorm';
import { DataSource, EntitySchema } from 'typeorm';
import { EncryptionTransformer } from 'typeorm-encrypted';

const PEER = {
  algorithm: 'aes-256-gcm',
  key: '0e'.repeat(32),
  ivLength: 12,
  authTagLength: 16,
};

/** The columns that no candidate seals. */
const OPEN = {
  id: { type: 'uuid', primary: true, generated: 'uuid' },
  tenantId: { type: 'text' },
  email: { type: 'text' },
  note: { type: 'text', nullable: true },
};

function entity(name, secrets, indices = []) {
  const columns = { ...OPEN, ...secrets };
  return new EntitySchema({ name, tableName: name.toLowerCase(), columns, indices });
}

/** @param {number} count Secret columns: `number` and, with three, `holder` and `street`. */
function namesOf(count) {
  return ['number', 'holder', 'street'].slice(0, count);
}

function plainEntity(count) {
  const text = (name) => [name, { type: 'text', unique: name === 'number' }];
  return entity(`Plain${count}`, Object.fromEntries(namesOf(count).map(text)));
}

function peerEntity(count) {
  const columns = namesOf(count).map((name) => [
    name,
    { type: 'text', transformer: new EncryptionTransformer(PEER) },
  ]);
  return entity(`Peer${count}`, Object.fromEntries(columns));
}

function sealedEntity(count, suite) {
  const fields = namesOf(count).map((name) => [
    name,
    name === 'number' ? { index: { numberToken: unique() } } : {},
  ]);
  const { columns, indices } = encryptedColumns(Object.fromEntries(fields), { suite });
  return entity(`Suite${suite}x${count}`, columns, indices);
}

/** The same rows with one and with three secret columns, as each candidate stores them. */
export async function openTypeorm(url, keyring) {
  const counts = [1, 3];
  const tables = counts.flatMap((count) => [
    { key: `plain${count}`, entity: plainEntity(count) },
    { key: `peer${count}`, entity: peerEntity(count) },
    { key: `suite1x${count}`, entity: sealedEntity(count, 1) },
    { key: `suite2x${count}`, entity: sealedEntity(count, 2) },
  ]);
  const options = { type: 'postgres', url, synchronize: true };
  const entities = tables.map((table) => table.entity);
  const dataSource = fieldseal(new DataSource({ ...options, entities }), { keyring });
  await dataSource.initialize();
  const repositories = Object.fromEntries(
    tables.map((table) => [table.key, dataSource.getRepository(table.entity)]),
  );
  return { dataSource, repositories };
}
