import { type ClientCall, shellCommand } from './device-command.ts';

/** No quotes in here: it stands within those of the script. */
const lost = 'Blocked: the Warder client did not run. Run: warder doctor';

/** Ours already: the client's own refusal. Anything else but 0 is one all the same. */
const blocking = `|| { [ $? -eq 2 ] || echo "${lost}" >&2; exit 2; }`;
const passing = '|| { [ $? -eq 2 ] && exit 2; exit 0; }';

/**
 * The client's command line for agents that run the tool for every status but 2: a client that is gone, was killed or
 * fails in a way of its own is a refusal with `block`, and nothing with `pass`. The words are read alike by any POSIX
 * shell, and by fish.
 */
export const guardedCommand = (call: ClientCall): string =>
  `/bin/sh -c '"$0" "$@" ${call.onFailure === 'block' ? blocking : passing}' ${shellCommand(call)}`;
