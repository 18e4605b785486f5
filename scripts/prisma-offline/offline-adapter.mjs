/**
 * A driver adapter without a database. The engine asks a server one thing before it can write SQL
 * for it: whether the schema exists, and which version it runs.
 */
const SERVER = {
  columnNames: ['schema_exists', 'version', 'numeric_version'],
  // ColumnTypeEnum of driver-adapter-utils: Boolean, Text, Int32.
  columnTypes: [5, 7, 0],
  rows: [[true, 'PostgreSQL 16.0', 160000]],
};

const connection = {
  provider: 'postgres',
  adapterName: 'offline',
  queryRaw: async () => SERVER,
  executeRaw: async () => 0,
  executeScript: async () => {},
  getConnectionInfo: () => ({
    schemaName: 'public',
    maxBindValues: 32_766,
    supportsRelationJoins: true,
  }),
  dispose: async () => {},
};

export const offlineAdapter = {
  provider: 'postgres',
  adapterName: 'offline',
  connect: async () => connection,
  connectToShadowDb: async () => connection,
};
