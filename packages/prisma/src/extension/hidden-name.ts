import type { ModelView } from './schema-view.ts';

/** Why the application must not name a property; `undefined` for all that it may. */
export function whyHidden({ sealed }: ModelView, name: string): string | undefined {
  if (sealed?.tokens.has(name) === true) return 'name the sealed field, not its token column';
  if (sealed?.olds.has(name) === true) return 'name the sealed field, not its old column';
  return undefined;
}
