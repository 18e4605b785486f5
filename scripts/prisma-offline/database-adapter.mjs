import { randomUUID } from 'node:crypto';
import { testRequire } from './load-schema-engine.mjs';

/** Postgres's one-byte type `"char"`, in which its catalogs keep letters. */
const SINGLE_CHAR_OID = 18;
const TEXT_OID = 25;
// ColumnTypeEnum of driver-adapter-utils.
const CHARACTER = 6;

/**
 * adapter-pg refuses columns of `"char"` (prisma/orm#27403), which introspection reads: they are
 * passed by as text and then announced as what they are.
 */
function withSingleChars(connection) {
  const queryRaw = async (query) => {
    let fields = [];
    const reader = Object.create(connection, {
      performIO: {
        value: async (request) => {
          const result = await connection.performIO(request);
          ({ fields } = result);
          return { ...result, fields: fields.map(asText) };
        },
      },
    });
    const result = await connection.queryRaw.call(reader, query);
    const columnTypes = result.columnTypes.map((type, at) =>
      fields[at].dataTypeID === SINGLE_CHAR_OID ? CHARACTER : type,
    );
    return { ...result, columnTypes };
  };
  return replaceMethods(connection, {
    queryRaw,
    startTransaction: async (level) => withSingleChars(await connection.startTransaction(level)),
  });
}

function asText(field) {
  return field.dataTypeID === SINGLE_CHAR_OID ? { ...field, dataTypeID: TEXT_OID } : field;
}

/** The same object with some methods of its own; private fields and getters stay reachable. */
function replaceMethods(target, methods) {
  return new Proxy(target, {
    get: (object, name) => {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = object[name];
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

/** @param {string} url @returns {object} a driver adapter factory on a real server */
export function databaseAdapter(url) {
  const { PrismaPg } = testRequire('@prisma/adapter-pg');
  const factory = new PrismaPg({ connectionString: url });
  return replaceMethods(factory, {
    connect: async () => withSingleChars(await factory.connect()),
    connectToShadowDb: () => connectToShadowDatabase(PrismaPg, url),
  });
}

/** The adapter's own one drops its database while it is still connected to it. */
async function connectToShadowDatabase(PrismaPg, url) {
  const name = `prisma_migrate_shadow_db_${randomUUID()}`;
  await runAsAdministrator(url, (quote) => `CREATE DATABASE ${quote(name)}`);
  const shadow = new URL(url);
  shadow.pathname = `/${name}`;
  const connection = await new PrismaPg({ connectionString: shadow.href }).connect();
  const dispose = async () => {
    await connection.dispose();
    await runAsAdministrator(url, (quote) => `DROP DATABASE ${quote(name)} WITH (FORCE)`);
  };
  return replaceMethods(withSingleChars(connection), { dispose });
}

async function runAsAdministrator(url, statement) {
  const pg = testRequire('pg');
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    await client.query(statement((name) => client.escapeIdentifier(name)));
  } finally {
    await client.end();
  }
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
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await runAsAdministrator(url, (quote) => `CREATE DATABASE ${quote(name)}`);
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
