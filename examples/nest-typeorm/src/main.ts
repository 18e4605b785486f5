/** `node dist/main.js`, with DATABASE_URL of an empty database. */
import { CustomersService } from './customers.service.ts';
import { openApplication } from './open-application.ts';

const { DATABASE_URL } = process.env;
if (DATABASE_URL === undefined) throw new Error('DATABASE_URL is not set');
const application = await openApplication({ url: DATABASE_URL, rootPath: '.fieldseal/root' });
const customers = application.get(CustomersService);
await customers.register('Asha Rao', '1234 1234 1238');
const found = await customers.byAadhaar('123412341238');
process.stdout.write(`found: ${found?.name}\n`);
await application.close();
