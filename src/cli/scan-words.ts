import { visible } from './scan-visible.ts';

const grouped = new Intl.NumberFormat('en-US');
/** `1,204`. */
export const number = (value: number): string => grouped.format(value);
/** `1 session`, `12 sessions`. */
export const counted = (value: number, one: string): string => `${number(value)} ${value === 1 ? one : `${one}s`}`;
/** `once`, `3 times`. */
export const times = (value: number): string => (value === 1 ? 'once' : `${number(value)} times`);
/** `2026-11-21 14:03`; what is no time is shown as it is, cut. */
export const minute = (at: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(at)
    ? `${at.slice(0, 10)} ${at.slice(11, 16)}`
    : at === ''
      ? 'no time'
      : visible(at).slice(0, 16);
