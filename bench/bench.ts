/** One line of a published table. `goal` is what we aim for, in words; `met` null when there is no goal (a floor). */
export interface BenchRow {
  readonly what: string;
  readonly value: string;
  readonly goal?: string;
  readonly met?: boolean | null;
}

/** One file per published figure. Compares with a floor in the same run. Throws an Error that says what is missing when it cannot run. */
export interface Bench {
  readonly id: string;
  readonly title: string;
  run(options: { readonly quick: boolean }): Promise<readonly BenchRow[]>;
}

/** Nearest-rank percentile of a sorted array; `p` in 0–100. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN;
}
