/** Ids of what devices delivered, so that what is sent twice is recorded once. */
export const sql = `
CREATE TABLE deliveries (id TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
