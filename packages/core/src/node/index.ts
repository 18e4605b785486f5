export { type DevFileRootOptions, devFileRoot } from './dev-file-root.ts';
export { type FileAnchorOptions, fileAnchor } from './file-anchor.ts';
export { type FileAuditAnchorOptions, fileAuditAnchor } from './file-audit-anchor.ts';
export { type JsonLinesSinkOptions, jsonLinesSink } from './json-lines-sink.ts';
