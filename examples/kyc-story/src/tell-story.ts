import { createPeople, type Person } from './create-people.ts';
import type { KycApplication } from './kyc-application.ts';
import { good, milliseconds, title } from './print.ts';
import { hunt, lookUp, rotate, showBothSides, swap } from './story.ts';
import { timed } from './timed.ts';

const SEED = 20_260_101;

type PeopleOfTheStory = readonly [Person, Person, Person, Person, Person];

/**
 * The story of the example on an empty database.
 * @param open - Opens the application that the story is told of; it is closed at the end.
 * @param count - Customers, at least 200.
 */
export async function tellStory(
  open: () => Promise<KycApplication>,
  count = 10_000,
): Promise<void> {
  const application = await open();
  try {
    const people = createPeople(count, SEED);
    title('A KYC application on a real PostgreSQL server');
    const { engine } = application.keyring.counters();
    good(`keyring open (${engine}), one key for identities and one for cards`);
    const { ms } = await timed(() => application.seed(people));
    good(
      `${count.toLocaleString('en')} customers with a card each, written in ${milliseconds(ms)}`,
    );
    // tenants take turns: every other one shares the data key of the first
    const [first, second, third, , fifth] = people as unknown as PeopleOfTheStory;
    await showBothSides(application, first);
    await lookUp(application, second);
    await rotate(application, [first, third]);
    await swap(application, [third, fifth]);
    await hunt(application, people.slice(0, 300));
  } finally {
    await application.close();
  }
}
