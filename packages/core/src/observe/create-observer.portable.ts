import type { CreateObserver } from './observer.ts';
import { silentObserver } from './silent-observer.ts';

/** Without diagnostics channels nobody can listen, and no package is looked for. */
export const createObserver: CreateObserver = () => silentObserver;
