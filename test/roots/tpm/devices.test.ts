import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { tpmRoot } from '@fieldseal/root-tpm';
import { afterEach, expect, test } from 'vitest';
import { describeTpm, sample } from './with-tpm.ts';

const SCRIPT = fileURLToPath(new URL('character_device.py', import.meta.url));

await describeTpm('a device', 1, (tpm) => {
  const { rootKey, context } = sample();
  const opened = new Uint8Array(rootKey);
  const started: ChildProcess[] = [];

  /** swtpm makes devices of Linux only with a kernel module; a terminal in raw mode is read as one is. */
  async function characterDevice(mode: 'answers' | 'silent'): Promise<string> {
    const child = spawn('python3', [SCRIPT, `${tpm.device.port}`, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    const [path] = (await once(createInterface(child.stdout), 'line')) as [string];
    return path;
  }
  async function stop(): Promise<void> {
    for (const child of started.splice(0)) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
  afterEach(stop);

  test('of the system is written and read', async () => {
    const root = tpmRoot({ device: await characterDevice('answers') });
    const slot = await root.seal(rootKey, context);
    expect(await root.open(slot, context)).toEqual(opened);
    expect(await Promise.all([1, 2, 3].map(() => root.open(slot, context)))).toEqual([
      opened,
      opened,
      opened,
    ]);
  });

  test('of the system that never answers is given up in time, and stops nothing else', async () => {
    const slot = await tpmRoot({ device: tpm.device }).seal(rootKey, context);
    const device = await characterDevice('silent');
    const open = () => tpmRoot({ device, commandTimeoutMs: 150 }).open(slot, context);
    const unavailable = (reason: string) => ({ code: 'ERR_ROOT_UNAVAILABLE', meta: { reason } });
    await expect(open()).rejects.toMatchObject(unavailable('ETIMEDOUT'));
    // each one that waited would take a thread for itself, and there are four
    for (let again = 0; again < 6; again += 1) {
      await expect(open()).rejects.toMatchObject(unavailable('EBUSY'));
    }
    expect(await readFile(SCRIPT, 'utf8')).toContain('swtpm');
    await stop();
    await expect.poll(() => open().catch(({ meta }) => meta.reason)).not.toBe('EBUSY');
  });

  test('may be a Unix socket', async () => {
    const path = join(tpm.folder, 'socket');
    const server: Server = createServer((client) => {
      client.pipe(connect(tpm.device)).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const root = tpmRoot({ device: { socket: path } });
      expect(await root.open(await root.seal(rootKey, context), context)).toEqual(opened);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      rmSync(path, { force: true });
    }
  });
});
