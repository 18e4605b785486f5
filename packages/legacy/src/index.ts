export { type CloakReaderOptions, cloakReader } from './cloak-reader.ts';
export {
  type TypeormEncryptedReaderOptions,
  typeormEncryptedReader,
} from './typeorm-encrypted-reader.ts';
