import { FilterChip } from './Filters.tsx';

const words: Readonly<Record<string, string>> = {
  '1d': '2 days',
  '7d': '8 days',
  '30d': '31 days',
  '90d': '91 days',
};

/** How far back `since` reaches where whole days are counted: today and the days before it. */
export const daysSince = (since: string): string => words[since] ?? `since ${since}`;

/** How far back a page looks that counts by days. */
export const DaysChip = () => (
  <FilterChip
    name="since"
    label="Last"
    none="30 days"
    choices={[
      ['1d', 'day'],
      ['7d', '7 days'],
      ['90d', '90 days'],
    ]}
  />
);
