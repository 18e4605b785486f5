/** `node dist/main.js`, with DATABASE_URL of an empty database; `npm run demo` gives it one. */
import { tellStory } from '@fieldseal-examples/kyc-story';
import { openApplication } from './open-application.ts';

const { DATABASE_URL } = process.env;
if (DATABASE_URL === undefined) throw new Error('DATABASE_URL is not set');
await tellStory(() => openApplication(DATABASE_URL));
