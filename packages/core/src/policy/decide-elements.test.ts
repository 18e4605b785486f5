import { DECISIONS_ON_ELEMENTS } from './decide-elements-cases.fake.ts';
import { tryDecisions } from './decision-cases.fake.ts';

tryDecisions(DECISIONS_ON_ELEMENTS);
