import { expect, it, vi } from 'vitest';
import { createPeople, tellStory } from '../../examples/kyc-story/src/index.ts';
import { openApplication } from '../../examples/kyc-typeorm/src/open-application.ts';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';

it('the example with TypeORM tells its whole story, and leaves no plaintext anywhere', async () => {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const told: string[] = [];
  const print = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    told.push(String(text));
    return true;
  });
  try {
    await tellStory(() => openApplication(url), 400);
  } finally {
    print.mockRestore();
  }
  const story = told.join('');
  expect(story).toContain('caught: ERR_CIPHERTEXT_REJECTED on Customer.name');
  expect(story).toContain('"alias/kyc" is at version 2');
  expect(story).toContain('none found');

  const people = createPeople(400, 20_260_101).slice(0, 20);
  const secrets = people.flatMap(({ aadhaar, pan, card }) => [aadhaar, pan, card.number]);
  expect(await huntPlaintext({ server, url, secrets })).toEqual([]);
});
