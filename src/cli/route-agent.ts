import os from 'node:os';
import type { Io } from './command.ts';
import type { Entry, RouteText } from './route-text.ts';

/** The gateway an agent is sent to. */
export interface Gateway {
  /** `http://127.0.0.1:7717`. */
  readonly url: string;
  readonly token: string;
  /** Model to ask for, where the agent has none of its own. */
  readonly model: string | null;
}

/** A file and what is to stand in it. */
export interface RouteFile extends RouteText {
  readonly file: string;
}

/** How a coding agent's model traffic is sent through Warder by its own settings. */
export interface RouteAgent {
  readonly id: string;
  readonly title: string;
  /** What is looked for on the PATH, and the npm package that brings it; absent: by its own installer. */
  readonly program: string;
  readonly npm?: string;
  /** The providers of Warder it talks to. */
  readonly providers: readonly string[];
  files(env: Io['env'], home: string, to: Gateway): readonly RouteFile[];
  /** Variables of the environment that beat the files. */
  readonly beaten: readonly string[];
  /** What the setting does not reach; told at install. */
  readonly limits: readonly string[];
  /** True: it has a file that a person's shell has to read. */
  readonly byShell?: boolean;
  /** True: one model is written, and the one asked for last stays. */
  readonly oneModel?: boolean;
}

export const userHome = (env: Io['env']): string => env.HOME || os.homedir();
export const token = (at: readonly string[], to: Gateway): Entry => ({ path: at, value: to.token, secret: true });
export const plain = (at: readonly string[], value: Entry['value']): Entry => ({ path: at, value });
export const named = (at: readonly string[], value: string | null): Entry[] =>
  value === null ? [] : [plain(at, value)];

export const openai = (to: Gateway): string => `${to.url}/openai/v1`;

/** The provider that serves a model, by its name. */
export function providerOf(model: string): 'openai' | 'anthropic' | 'gemini' {
  if (model.startsWith('claude')) return 'anthropic';
  return model.startsWith('gemini') ? 'gemini' : 'openai';
}
