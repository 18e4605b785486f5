export { isVerhoeff, withLuhnDigit, withVerhoeffDigit } from './check-digits.ts';
export { createPeople, type Person, TENANT_IDS } from './create-people.ts';
export type { Customer, KycApplication } from './kyc-application.ts';
export { openExampleKeyring } from './open-example-keyring.ts';
export { batches, documentsOf } from './seed-data.ts';
export { tellStory } from './tell-story.ts';
