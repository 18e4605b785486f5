import { defineConfig } from 'vitest/config';

const conditions = ['@fieldseal/source'];
/** Properties are tried much longer by `npm run test:long`. */
const isLong = process.env.FIELDSEAL_LONG === '1';
const testTimeout = isLong ? 300_000 : 60_000;
const setupFiles = ['test/support/property-tests.ts'];
const shared = {
  // the decorators of TypeORM's entities are the older ones
  oxc: { decorator: { legacy: true } },
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/** Unit tests sit beside their source; what needs Postgres or two packages sits in `test/`. */
export default defineConfig({
  test: {
    sequence: { shuffle: true },
    // one less than there are cores is the default, and many tests wait for other processes or for time to
    // pass; a long run does little else, or tries properties until their time is over
    maxWorkers: isLong ? 4 : 3,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          setupFiles,
          testTimeout,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          setupFiles,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
