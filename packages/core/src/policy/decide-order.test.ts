import { DECISIONS_IN_ORDER } from './decide-order-cases.fake.ts';
import { tryDecisions } from './decision-cases.fake.ts';

tryDecisions(DECISIONS_IN_ORDER);
