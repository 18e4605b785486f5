import { readFile } from 'node:fs/promises';
import { type Finding, ok, warning } from './finding.ts';

/** Where secrets in memory could reach a disk. */
export async function checkHost(): Promise<readonly Finding[]> {
  return [await checkCoreDumps(), await checkSwap()];
}

async function checkCoreDumps(): Promise<Finding> {
  const limits = await read('/proc/self/limits');
  const line = /^Max core file size\s+(\S+)/m.exec(limits ?? '');
  if (line === null) return ok('core dumps', 'this system does not say');
  if (line[1] === '0') return ok('core dumps', 'off');
  const advice = 'set "ulimit -c 0", or LimitCORE=0 in the unit of systemd';
  return warning('core dumps', 'a crash may write the memory of the process to disk', advice);
}

async function checkSwap(): Promise<Finding> {
  const swaps = await read('/proc/swaps');
  if (swaps === undefined) return ok('swap', 'this system does not say');
  const areas = swaps.trim().split('\n').length - 1;
  if (areas === 0) return ok('swap', 'off');
  const advice = 'turn it off, or encrypt it';
  return warning('swap', 'memory of the process may be swapped to disk', advice);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
