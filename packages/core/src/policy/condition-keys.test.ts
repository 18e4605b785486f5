import { tryConditions } from './condition-cases.fake.ts';
import { CONDITION_KEYS } from './condition-keys-cases.fake.ts';

tryConditions(CONDITION_KEYS);
