import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/**
 * Packages with an install script that `allowScripts` of package.json neither allows nor denies, and
 * entries of it without such a package. npm runs no script that was not reviewed.
 */
export function unreviewedInstallScripts() {
  const reviewed = read('package.json').allowScripts ?? {};
  const found = new Set(
    Object.entries(read('package-lock.json').packages)
      .filter(([, { hasInstallScript, link }]) => hasInstallScript && !link)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  );
  return [
    ...[...found]
      .filter((name) => typeof reviewed[name] !== 'boolean')
      .map((name) => `package.json: allowScripts does not say whether ${name} may run its script`),
    ...Object.keys(reviewed)
      .filter((name) => !found.has(name))
      .map((name) => `package.json: allowScripts names ${name}, which has no install script`),
  ];
}
