import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './run.mjs';

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return {};
  }
}

/** Whether every package of the lock file that has to be there is, in that version. */
function isInstalled() {
  const installed = readPackages('node_modules/.package-lock.json');
  return Object.entries(readPackages('package-lock.json')).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') || wanted.optional || wanted.link) return true;
    return installed[path]?.version === wanted.version;
  });
}

/** Installs what the lock file names, unless it is there already. */
export async function install() {
  if (isInstalled()) return;
  process.stdout.write('Installing packages ...\n');
  await must('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}
