/** `node dist/main.js`, with DATABASE_URL of an empty database. */
import { shareTable } from './share-table.ts';

const { DATABASE_URL } = process.env;
if (DATABASE_URL === undefined) throw new Error('DATABASE_URL is not set');
const { byTypeorm, byPrisma } = await shareTable(DATABASE_URL);
process.stdout.write(`TypeORM reads what Prisma wrote: ${byTypeorm.holder}, ${byTypeorm.number}\n`);
process.stdout.write(`Prisma reads what TypeORM wrote: ${byPrisma.holder}, ${byPrisma.number}\n`);
