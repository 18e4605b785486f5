import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The processes run what is published, so it has to be what the sources say. */
export function buildPackages(): void {
  execFileSync('npx', ['--no-install', 'tsc', '-b', 'packages/store-postgres'], {
    cwd: ROOT,
    stdio: 'pipe',
  });
}

export interface OtherProcess {
  readonly child: ChildProcess;
  /** Lets the process act; the answer that it prints, parsed. */
  act(command?: string): Promise<unknown>;
  /** As `act`, without waiting. */
  start(command?: string): void;
}

/** Starts a script, named from this folder, and waits until it says that it is ready. */
export async function otherProcess(script: string, args: readonly string[]): Promise<OtherProcess> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new RangeError(`The other process ended: ${errors}`);
    return value;
  };
  const ready = await line();
  if (ready !== 'ready') throw new RangeError(`Not ready: ${ready}`);
  const start = (command = 'go'): void => void child.stdin.write(`${command}\n`);
  return {
    child,
    start,
    async act(command) {
      start(command);
      return JSON.parse(await line());
    },
  };
}
