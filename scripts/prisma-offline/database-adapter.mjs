import { testRequire } from './load-schema-engine.mjs';

const SINGLE_CHAR_OID = 18;
const BPCHAR_OID = 1042;

/**
 * Introspection reads columns of Postgres's one-byte type `"char"`, which adapter-pg refuses
 * (prisma/orm#27403). They are announced as `char(1)`, which it reads the same way.
 */
function announceSingleCharAsBpchar() {
  const Result = testRequire('pg/lib/result');
  const { addFields } = Result.prototype;
  Result.prototype.addFields = function (descriptions) {
    for (const field of descriptions)
      if (field.dataTypeID === SINGLE_CHAR_OID) field.dataTypeID = BPCHAR_OID;
    return addFields.call(this, descriptions);
  };
}

/** @param {string} url @returns {Promise<object>} a driver adapter factory on a real server */
export async function databaseAdapter(url) {
  announceSingleCharAsBpchar();
  const { PrismaPg } = testRequire('@prisma/adapter-pg');
  return new PrismaPg({ connectionString: url });
}

const UNKNOWN_DATABASE = '3D000';

/**
 * @param {string} url
 * @param {{ create: boolean }} options whether to create the database when it is missing
 * @returns {Promise<{ code: 'P1001' | 'P1003', message: string } | undefined>} Prisma's error, if any
 */
export async function reachDatabase(url, { create }) {
  const pg = testRequire('pg');
  const failure = await connectOnce(pg, url);
  if (!failure) return undefined;
  if (failure.code !== UNKNOWN_DATABASE) return { code: 'P1001', message: failure.message };
  if (!create) return { code: 'P1003', message: failure.message };
  const admin = new URL(url);
  const name = decodeURIComponent(admin.pathname.slice(1));
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  await client.end();
  return undefined;
}

async function connectOnce(pg, url) {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return error;
  }
}
