interface Check {
  readonly name?: string;
}

interface CheckDropper {
  readonly queryRunner: { readonly loadedTables: { checks: Check[] }[] };
  dropOldChecks(): Promise<void>;
}

/** As the names of constraints that `checkConstraintSql` of the jobs gives begin. */
const OURS = 'fieldseal_';

/**
 * TypeORM drops constraints that no entity declares. Those that let Postgres refuse plaintext are
 * not its to drop: it is not shown them.
 */
export function keepConstraints(builder: object): void {
  const dropper = builder as CheckDropper;
  const drop = dropper.dropOldChecks.bind(builder);
  Object.assign(builder, {
    async dropOldChecks() {
      for (const table of dropper.queryRunner.loadedTables) {
        table.checks = table.checks.filter(({ name = '' }) => !name.startsWith(OURS));
      }
      await drop();
    },
  });
}
