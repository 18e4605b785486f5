/** Principal of entries that the trail makes by itself. */
export const TRAIL_PRINCIPAL = 'fieldseal';
