/** The sealed models of the schema: equal but for the suite of their cells. */
export const SUITES = [
  { suite: 1, model: 'suiteOne', table: 'SuiteOne' },
  { suite: 2, model: 'suiteTwo', table: 'SuiteTwo' },
];
