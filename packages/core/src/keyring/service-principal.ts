/** What the service does by itself is done, and in the trail, in this name. */
export const SERVICE_PRINCIPAL = 'service/fieldseal';
