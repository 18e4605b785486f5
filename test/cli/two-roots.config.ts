import { devFileRoot } from '@fieldseal/core/node';
import { defineConfig } from 'fieldseal';
import config from './fieldseal.config.ts';

/** The configuration of the tests with another root, whose file is beside that of the first. */
export default defineConfig({
  ...config,
  keyring: {
    ...config.keyring,
    roots: [...config.keyring.roots, devFileRoot({ path: `${process.env.ROOT_FILE}-2` })],
  },
});
