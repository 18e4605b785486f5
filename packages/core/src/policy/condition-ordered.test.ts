import { tryConditions } from './condition-cases.fake.ts';
import { ORDERED_CONDITIONS } from './condition-ordered-cases.fake.ts';

tryConditions(ORDERED_CONDITIONS);
