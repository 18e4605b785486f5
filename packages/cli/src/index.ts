export { defineConfig, type FieldsealConfig } from './config/define-config.ts';
