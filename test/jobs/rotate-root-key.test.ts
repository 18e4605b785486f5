import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createIdentityPolicy, type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { type CliProject, createProject } from '../cli/run-cli.ts';
import { FIELD, lease, sealText } from '../keyring/open-keyrings.ts';
import { KILLS } from './kill-at-work.ts';
import { writeBeside } from './write-beside.ts';

const KEYS = 6;
const WRITERS = 4;
const ROTATOR = fileURLToPath(new URL('./root-rotator.mjs', import.meta.url));

const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Cell {
  readonly id: string;
  readonly cell: string;
  readonly value: string;
}

async function openProcess({ url, rootFile }: CliProject): Promise<Keyring> {
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootFile })],
    environment: 'test',
    development: true,
    access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
    createMissingAliases: true,
    stagingMs: 300,
    pollIntervalMs: 100,
  });
  open.push(keyring);
  return keyring;
}

async function sealed(keyring: Keyring, alias: string, value: string): Promise<Cell> {
  return { ...(await sealText(keyring, alias, value)), value };
}

async function expectOpen(keyring: Keyring, cells: readonly Cell[]): Promise<void> {
  for (const { id, cell, value } of cells) {
    const held = await lease(keyring, { open: [id] });
    expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toBe(value);
    held.release();
  }
}

/** As an application does what may pass: everybody here changes keys at once. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const { retryable } = error as { readonly retryable?: boolean };
      if (retryable !== true || tries === 20) throw error;
    }
  }
}

/** A store with keys of two versions, and a cell under each of these. */
async function store() {
  const project = await createProject(1);
  open.push(project);
  const keyring = await openProcess(project);
  const cells: Cell[] = [];
  for (let n = 0; n < KEYS; n++) {
    cells.push(await sealed(keyring, `alias/k${n}`, `old ${n}`));
    await keyring.rotateKey(`alias/k${n}`);
    cells.push(await sealed(keyring, `alias/k${n}`, `new ${n}`));
  }
  const generations = async () => {
    const { rows } = await project.sql.query(
      `SELECT root_generation AS g FROM fieldseal.slot UNION
       SELECT root_generation FROM fieldseal.store_key UNION
       SELECT root_generation FROM fieldseal.key_version`,
    );
    return rows.map(({ g }) => g).sort();
  };
  function start(): ChildProcess {
    const { url, rootFile } = project;
    const env = { PATH: '', ROOT_ROTATOR: JSON.stringify({ url, rootFile }) };
    return spawn(process.execPath, [ROTATOR], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
  return { project, keyring, cells, generations, start };
}

/** Ends a rotation after so many steps, or lets it come to its end. */
async function endedAfter(child: ChildProcess, steps: number): Promise<number | null> {
  let told = 0;
  let wrong = '';
  child.stderr?.on('data', (part: Buffer) => {
    wrong += part.toString();
  });
  child.stdout?.on('data', (part: Buffer) => {
    told += part.toString().split('\n').length - 1;
    if (told >= steps) setTimeout(() => child.kill('SIGKILL'), randomInt(20));
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(wrong).toBe('');
  return code;
}

describe('the rotation of the root key', { timeout: 1_800_000 }, () => {
  test(`survives ${KILLS} kills at any step, with ${WRITERS} writers that seal, open and make keys`, async () => {
    const { project, keyring, cells, generations, start } = await store();
    const over = new AbortController();
    const writing = { writers: WRITERS, over: over.signal, pauseMs: 40 };
    const application = writeBeside(writing, async (writer, n) => {
      const alias = `alias/k${(writer + n) % KEYS}`;
      cells.push(await sealed(keyring, alias, `while ${writer} ${n}`));
      await expectOpen(keyring, cells.slice(-3));
      if (n % 40 === 10 * writer) await again(() => keyring.rotateKey(alias));
      if (n % 40 !== 10 * writer + 5) return;
      const fresh = `alias/fresh${writer}x${n}`;
      cells.push(await again(() => sealed(keyring, fresh, `fresh ${n}`)));
    });
    for (let kill = 0; kill < KILLS; kill++) {
      await endedAfter(start(), randomInt(1, 2 * KEYS + 4));
      await expectOpen(await openProcess(project), cells.slice(0, 2 * KEYS));
    }
    expect(await endedAfter(start(), Number.POSITIVE_INFINITY)).toBe(0);
    over.abort();
    await application;
    const [generation, ...others] = await generations();
    expect(generation).toBeGreaterThanOrEqual(2);
    expect(others).toEqual([]);
    await expectOpen(keyring, cells);
    await expectOpen(await openProcess(project), cells);
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });

  test('is one rotation when two processes do it at once', async () => {
    const { project, cells, generations, start } = await store();
    const never = Number.POSITIVE_INFINITY;
    const codes = await Promise.all([endedAfter(start(), never), endedAfter(start(), never)]);
    expect(codes).toEqual([0, 0]);
    expect((await generations()).length).toBe(1);
    await expectOpen(await openProcess(project), cells);
  });

  test('by the command line takes a yes, and says what it did', async () => {
    const { project, cells, generations } = await store();
    expect(await project.run(['slots', 'rotate'])).toMatchObject({ code: 2, out: '' });
    expect(await generations()).toEqual([1]);
    const other = await project.runInTerminal(['slots', 'rotate'], { input: 'production\r' });
    expect(other).toMatchObject({ code: 5, out: expect.stringContaining('Nothing was done') });
    expect(await generations()).toEqual([1]);
    const [slot] = (await openProcess(project)).listSlots();
    const none = ['slots', 'rotate', '--yes', '--leave-out', slot?.id ?? ''];
    expect((await project.run(none)).code).not.toBe(0);
    const { code, out, err } = await project.run(['slots', 'rotate', '--yes', '--json']);
    expect({ code, out: JSON.parse(out) }).toEqual({
      code: 0,
      out: { generation: 2, rewrapped: 2 * KEYS },
    });
    expect(err).toContain('published');
    expect(await generations()).toEqual([2]);
    await expectOpen(await openProcess(project), cells);
  });
});
