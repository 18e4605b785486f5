import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  // generating needs no database
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
