import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A simulated TPM; it serves one client at a time, so each test file has its own. */
export interface Swtpm {
  readonly device: { readonly host: string; readonly port: number };
  /** Runs one of tpm2-tools on it in `folder`; gives what it prints. */
  tool(name: string, args: readonly string[], input?: Uint8Array): Buffer;
  readonly folder: string;
  /** It goes on to accept connections and answers nothing, until it is resumed. */
  pause(): void;
  resume(): void;
  /** As a machine shuts down: to a TPM that loses power otherwise, a PIN in use is a wrong attempt. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  stop(): Promise<void>;
}

const has = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;

/** What has to be installed; `undefined` when all is there. */
export function missingTpmParts(): string | undefined {
  const missing = [
    ['swtpm', 'swtpm'],
    ['tpm2_unseal', 'tpm2-tools'],
  ].filter(([program = '']) => !has(program));
  if (missing.length === 0) return undefined;
  const packages = missing.map(([, name]) => name).join(' ');
  return `NOT TESTED on a TPM: apt-get install --no-install-recommends ${packages}`;
}

/** A server on a port of the loopback interface, any if none is given; `undefined` when it is taken. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });

/** A free port after which the next one is free too: that is where tpm2-tools look for control. */
async function freePortOfTwo(): Promise<number> {
  for (;;) {
    const first = await listen(0);
    if (first === undefined) continue;
    const { port } = first.address() as AddressInfo;
    const second = await listen(port + 1);
    await close(first);
    if (second === undefined) continue;
    await close(second);
    return port;
  }
}

export async function startSwtpm(): Promise<Swtpm> {
  const folder = mkdtempSync(join(tmpdir(), 'fieldseal-swtpm-'));
  const port = await freePortOfTwo();
  let child: ChildProcess | undefined;

  async function powerOn(): Promise<void> {
    const bind = 'bindaddr=127.0.0.1';
    const pid = join(folder, 'pid');
    rmSync(pid, { force: true });
    const started = spawn(
      'swtpm',
      [
        ...['socket', '--tpm2', '--tpmstate', `dir=${folder}`],
        ...['--server', `type=tcp,port=${port},${bind}`],
        ...['--ctrl', `type=tcp,port=${port + 1},${bind}`],
        ...['--flags', 'not-need-init,startup-clear', '--pid', `file=${pid}`],
      ],
      { stdio: 'ignore' },
    );
    child = started;
    while (!existsSync(pid)) {
      if (started.exitCode !== null) throw new Error('swtpm did not start');
      await delay(5);
    }
  }

  function tool(name: string, args: readonly string[], input?: Uint8Array): Buffer {
    const env = { ...process.env, TPM2TOOLS_TCTI: `swtpm:host=127.0.0.1,port=${port}` };
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    const timeout = 10_000;
    return execFileSync(name, args, {
      cwd: folder,
      env,
      input: input ?? '',
      stdio: [...stdio],
      timeout,
    });
  }

  async function end(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGCONT');
    running.kill('SIGTERM');
    await ended;
  }

  await powerOn();
  return {
    device: { host: '127.0.0.1', port },
    folder,
    tool,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async powerOff() {
      tool('tpm2_shutdown', ['--clear']);
      await end();
    },
    powerOn,
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
