/** To find ids of deliveries that are old. Those of transcripts (`t_…`) stay as long as what they brought. */
export const sql = `
CREATE INDEX deliveries_at ON deliveries (at, id) WHERE substr(id, 1, 2) <> 't_';
`;
