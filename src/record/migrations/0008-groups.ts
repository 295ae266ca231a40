/**
 * Groups that an identity provider told of whoever a call is of, so that people of one name are told apart by their teams.
 * A list of groups is kept once; `member_of` is its number, 0 for none.
 */
export const sql = `
CREATE TABLE memberships (n INTEGER PRIMARY KEY, groups TEXT NOT NULL UNIQUE) STRICT; -- JSON list, sorted
ALTER TABLE calls ADD COLUMN member_of INTEGER NOT NULL DEFAULT 0;
CREATE TABLE coverage_by_group (
  day TEXT NOT NULL, device TEXT NOT NULL, person TEXT NOT NULL, member_of INTEGER NOT NULL, agent TEXT NOT NULL,
  seen INTEGER NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (day, device, person, member_of, agent, seen)
) STRICT, WITHOUT ROWID;
INSERT INTO coverage_by_group SELECT day, device, person, 0, agent, seen, calls FROM coverage;
DROP TABLE coverage;
ALTER TABLE coverage_by_group RENAME TO coverage;
`;
