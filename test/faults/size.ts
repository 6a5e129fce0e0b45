/** Whether the breaking suite is run whole, as by `npm run test:long`; else a bounded slice of it is. */
export const IS_FULL = process.env['PODKEEPER_TEST_WHOLE'] === '1';

/** How many plays go on at a time. Most of the time of each is waiting. */
export const AT_ONCE = Number(process.env['PODKEEPER_TEST_FAULTS_AT_ONCE'] ?? 6);
