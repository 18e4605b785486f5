export { type DevFileRootOptions, devFileRoot } from './dev-file-root.ts';
export { type FileAnchorOptions, fileAnchor } from './file-anchor.ts';
