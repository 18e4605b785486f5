import { tryConditions } from './condition-cases.fake.ts';
import { STRING_CONDITIONS } from './condition-string-cases.fake.ts';

tryConditions(STRING_CONDITIONS);
