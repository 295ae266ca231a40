import type { Flag } from '../core/effect.ts';
import type { CommandEffect, CommandWords } from '../core/ports.ts';
import { namesProduction } from './hosts.ts';

const deleting =
  /^(?:delete|destroy|drop|purge|rm|remove|terminate|uninstall|wipe|erase|prune|nuke|flush|truncate|reset|del|remove-all|delete-all|clean-all|teardown|tear-down|decommission|deprovision|undeploy|unpublish|rrpurge)(?:$|[-:_])/i;
const deletingEnd = /[-:_.](?:delete|destroy|drop|purge|terminate|wipe)$/i;
/** One word of several, as programming languages write it: `deleteAlert`, `apiAccessDeleteKeys`. */
const deletingInside = /(?:^delete|^destroy|^purge|^remove|[a-z](?:Delete|Destroy|Purge|Terminate))[A-Z][a-z]/;
/** A word that says of what, before the one that says what: `project delete`, `apis delete`. */
const groupWord = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/i;
/** A shell named inside an argument of a program nobody knows: `fzf --bind 'enter:execute(/bin/sh)'`. */
const shellInside = /(?:^|[\s!("'=,;|:])(?:\/usr)?\/bin\/(?:ba|da|z|k|a|c|tc)?sh(?![\w/.-])/;
const deletingName = /(?:^|[-_.])(?:delete|destroy|purge|wipe|nuke|truncate)(?:[-_.]|$)/i;
/** The same as an option: `--purge`, `--delete-all`. Without a value that turns it off. */
const deletingOption =
  /^--(?:delete|destroy|purge|drop|wipe|erase|terminate|nuke)(?:-[a-z-]+)?(?:=(?!false|no|0|never).*)?$/;
/** What such a word takes away is not brought back by the program itself. */
const final =
  /^-{0,2}(?:destroy|drop|purge|terminate|wipe|erase|nuke|flush|shred|teardown|tear-down|decommission|deprovision|delete-all|remove-all)|[-:_.](?:destroy|drop|purge|terminate|wipe)$/i;
const finalName = /(?:^|[-_.])(?:destroy|purge|wipe|nuke)(?:[-_.]|$)/i;
const forced =
  /^(?:--force|--yes|-y|--assume-yes|--auto-approve|--no-confirm|--noconfirm|--non-interactive|--no-interactive|--skip-confirmation|--confirm|--approve|--no-dry-run|--no-prompts?|--disable-prompts?|--skip-prompts?|--quiet|--confirm=\S+|--(?:yes-)?i-(?:really-)+mean-it)$/;
const kept = /^(?:delete|remove|rm|del|uninstall|undeploy|unpublish)(?:$|[-_])/i;
const dry = /^(?:--dry-run(?:=.*)?|--dryrun|--check|--plan|--preview|--what-if|--whatif|--simulate|--noop)$/;

/** A program that no family knows, read by the shape of its sub-commands and options. The first effect is always the run itself. */
export function generalEffects({ program, args }: CommandWords): readonly CommandEffect[] {
  const flags: Flag[] = [];
  if (args.some((arg) => arg !== null && forced.test(arg))) flags.push('forced');
  if (args.some((arg) => arg === '--all' || arg === '--all-namespaces')) flags.push('bulk');
  if (args.some((arg) => arg !== null && dry.test(arg))) flags.push('dry-run');
  const run: CommandEffect = {
    verb: 'execute',
    resource: { kind: 'process', name: program },
    zone: 'this-host',
    flags,
  };
  const shell = args.findIndex((arg) => arg !== null && shellInside.test(arg));
  if (shell >= 0) {
    const resource = { kind: 'process' as const, name: 'sh' };
    return [run, { verb: 'execute', resource, zone: 'this-host', flags: ['opaque', 'dynamic'], arg: shell }];
  }
  const sure = !flags.includes('dry-run');
  if (deletingName.test(program)) {
    const target = args.find((text) => text !== null && !text.startsWith('-')) ?? '';
    const marks: Flag[] = finalName.test(program) && sure ? [...flags, 'irreversible'] : flags;
    return [run, { verb: 'delete', resource: { kind: 'unknown', name: target }, zone: 'unknown', flags: marks }];
  }
  const words = args.map((text, arg) => ({ text, arg })).filter(({ text }) => text === null || !text.startsWith('-'));
  const first = words
    .slice(0, 4)
    .findIndex(
      ({ text }) => text !== null && (deleting.test(text) || deletingEnd.test(text) || deletingInside.test(text)),
    );
  const verb = words[first];
  const option = args.findIndex((arg) => arg !== null && deletingOption.test(arg));
  if (!verb && option < 0) return [run];
  const at = verb?.arg ?? option;
  const said = args[at] ?? '';
  // A thing of a named kind, kept by someone else's service: what such a tool deletes is gone for everyone.
  const grouped = first > 0 && words.slice(0, first).every(({ text }) => groupWord.test(text ?? '')) && kept.test(said);
  const lost = sure && (final.test(said) || grouped || deletingInside.test(said));
  // A tool that resets or prunes its own state asks before it does; answered beforehand, it is still its own state.
  const own = said === 'reset' || said === 'prune' ? flags.filter((flag) => flag !== 'forced') : flags;
  const marks: Flag[] = lost ? [...flags, 'irreversible'] : own;
  const target = args.slice(at + 1).find((text) => text !== null && !text.startsWith('-')) ?? '';
  const zone = args.some((arg) => arg !== null && namesProduction(arg)) ? 'production' : 'unknown';
  return [run, { verb: 'delete', resource: { kind: 'unknown', name: target ?? '' }, zone, flags: marks, arg: at }];
}
