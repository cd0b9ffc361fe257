/** The columns that Amazon Fraud Detector gives a meaning of its own. Source: Amazon Fraud Detector User Guide, "Create an event dataset". */
export const METADATA_COLUMNS: ReadonlySet<string> = new Set(['EVENT_LABEL', 'EVENT_TIMESTAMP', 'EVENT_ID', 'ENTITY_ID', 'ENTITY_TYPE', 'LABEL_TIMESTAMP'])
