/** What the process tells its threads when the job has ended. */
export const STOP_WORKING = 'fieldseal:stop-working';
