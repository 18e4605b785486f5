import { devFileRoot } from '@fieldseal/core/node';
import { defineConfig } from 'fieldseal';
import config from './fieldseal.config.ts';

/** The configuration of the tests with another root, whose file is beside that of the first. */
export default defineConfig({
  ...config,
  keyring: {
    ...config.keyring,
    // no other process is to open a new root key before it is used
    stagingMs: 0,
    roots: [...config.keyring.roots, devFileRoot({ path: `${process.env.ROOT_FILE}-2` })],
  },
});
