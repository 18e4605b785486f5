import { readFileSync } from 'node:fs';
import { testKeyring } from '@fieldseal/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OBSERVED_EVENTS } from '../../packages/core/src/observe/observed-event.ts';
import { cardsOf } from './cards.ts';
import { type Sdk, startSdk } from './sdk.ts';

const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
const events = Object.entries(OBSERVED_EVENTS);

/** First cells of the rows of tables below a heading. */
function rowsBelow(heading: string): readonly string[] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([a-z_.A-Z:]+)`/g)].map(([, name]) => name as string);
}

let sdk: Sdk;

beforeAll(() => {
  sdk = startSdk();
});

afterAll(() => sdk.stop());

test('the metrics on the page are those that there are, with their units', async () => {
  await using keyring = await testKeyring();
  const cards = cardsOf(keyring);
  await cards.seal();
  await cards.lookup();
  await cards.open();
  await keyring.createKey();
  const collected = await sdk.collect();
  const documented = rowsBelow('Metrics').map((row) => {
    const [, name = '', kind = ''] = row.split('|');
    return `${namesIn(name)[0]} ${kind.match(/`([^`]+)`/)?.[1]}`;
  });
  expect([...new Set(collected.map(({ name, unit }) => `${name} ${unit}`))].sort()).toEqual(
    documented.sort(),
  );
});

test('each event is on the page, with the attributes of its span and the facts of its channel', () => {
  const attributes = rowsBelow('Attributes of spans').map((row) => row.split('|'));
  const channels = rowsBelow('Diagnostics channels').map((row) => row.split('|'));
  expect(rowsBelow('Events').map((row) => namesIn(row)[0])).toEqual(events.map(([name]) => name));
  for (const [name, shape] of events) {
    const facts = channels.find(([, cell = '']) => namesIn(cell)[0] === `fieldseal:${name}`)?.[2];
    for (const fact of Object.keys(shape.attributes)) expect(namesIn(facts ?? '')).toContain(fact);
    if (shape.span === 'never') continue;
    const ofSpan = attributes
      .filter(([, , on = '']) => namesIn(on).includes(name))
      .flatMap(([, cell = '']) => namesIn(cell));
    expect(ofSpan.sort()).toEqual(Object.values(shape.attributes).sort());
  }
});

test('metrics are split as the page says', () => {
  const rows = rowsBelow('Metrics');
  for (const [name, shape] of events) {
    const row = rows.find((text) => text.includes(`fieldseal.${name}.duration`)) ?? '';
    const cells = row.split('|');
    const told = cells.at(-2) ?? '';
    // "as" another row
    const other = told.includes('as `')
      ? rows
          .find((text) => text.startsWith(`| \`${namesIn(told)[0]}\``))
          ?.split('|')
          .at(-2)
      : told;
    const expected = [...shape.dimensions.map((fact) => shape.attributes[fact]), 'error.type'];
    expect(namesIn(other ?? '')).toEqual(expected);
  }
});
