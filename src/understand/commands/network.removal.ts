import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { type Operand, unknownPart } from '../arguments.ts';
import { readUrl } from '../hosts.ts';
import { sqlEffects } from '../sql.ts';

/** Ports of data stores and gateways: a DELETE there takes an index, a topic, a route away, also on this host. */
const storePort =
  /:(?:9200|9201|9243|7700|8108|5984|8086|6333|8983|15672|8500|2375|2376|2379|8001|8444|8529|8123|8222|8200|4242|9090|9091|9093|8404|8428|3100|8983|7474|8080\/api\/(?:http|rawdata))(?:\/|$|\?)/;

/** Interfaces that take things away by POST: the verb is in the path. */
const removingPath =
  /\/(?:_?(?:do)?[Dd]elete(?:[A-Z_-][\w-]*)?|[\w-]*[-_](?:delete|purge|destroy)|_?(?:destroy|purge|wipe|truncate|drop|unlink)(?:[-_][\w-]*)?|delete_series|clean_tombstones|_close|_delete_by_query|doWipeOutWorkspace|quietDown|safeExit|exit|kill|clear|flush(?:all|db)?)\/?(?:$|[?#])/;

/** Bodies that say it: Solr's `<delete><query>`, Cloudflare's `purge_everything`, an action list with `remove_index`. */
const removingBody =
  /<delete>|"delete"\s*:\s*\{|"(?:remove_index|purge_everything|delete_all)"\s*:|\bmutation\b[\s\S]{0,200}\b(?:delete|remove|drop|destroy)[A-Z_]\w*/;

/** Whole stores at once: no name after the host, `_all`, a star, a query for everything. */
const everything =
  /^[^/]*\/(?:(?:_all|\*|indexes|_bulk|collections)?\/?)$|[*]|\/_all\b|delete_by_query|purge_everything/;

/** What a request takes away over there; nothing for one that only asks. `bodies` is what it carries, null = not known. */
export function removal(
  url: Operand,
  method: string,
  bodies: readonly (string | null)[],
  flags: readonly Flag[],
): readonly CommandEffect[] {
  const { host, path, zone } = readUrl(url.text ?? '');
  const body = bodies
    .map((text) => text?.slice(0, 8192) ?? '')
    .join('\n')
    .slice(0, 16_384);
  const plain = path.replace(/#.*$/s, '').slice(0, 4096);
  const changes = /^(?:POST|PUT|PATCH)$/.test(method);
  const deletes =
    method === 'DELETE' ||
    method === 'PURGE' ||
    /\/admin\/[\w/]+\?(?:[^#]*&)?action=(?:DELETE\w*|UNLOAD)\b/.test(plain) ||
    (changes && (removingPath.test(plain) || removingBody.test(body)));
  const store = storePort.test(url.text ?? '');
  const name = url.text === null ? '' : `${host}${path}`.replaceAll(unknownPart, '…').replace(/\?.*$/, '');
  const kind = zone === 'this-host' && !store ? 'unknown' : 'cloud-resource';
  if (!deletes) {
    // Settings of a whole store, not of one document in it.
    const settings =
      changes &&
      store &&
      /\/_(?:cluster\/settings|settings|ilm|security|slm|snapshot|template|index_template|ingest)\b|\/v1\/(?:sys|auth|acl)\b|\/config\/?$/.test(
        path,
      );
    // What the whole cluster obeys from the next moment on.
    const grave = /\/_cluster\/settings\b|\/_security\b|\/v1\/sys\b/.test(path);
    const marks: readonly Flag[] = grave ? [...flags, 'irreversible'] : flags;
    return settings ? [{ verb: 'configure', resource: { kind, name }, zone, flags: marks, arg: url.arg }] : [];
  }
  const wide: readonly Flag[] =
    everything.test(name) || /purge_everything|match_all|<query>\*:\*/.test(body)
      ? ['bulk', 'irreversible']
      : ['irreversible'];
  return [
    {
      verb: 'delete',
      resource: { kind, name },
      zone,
      flags: [...flags, ...(kind === 'cloud-resource' ? wide : [])],
      arg: url.arg,
    },
  ];
}

/** SQL sent over HTTP: ClickHouse's port, `/sql`, `/query`, InfluxDB's `q=`. */
export function sqlOverHttp(url: Operand, bodies: readonly Operand[], words: CommandWords): readonly CommandEffect[] {
  const text = url.text ?? '';
  const { zone } = readUrl(text);
  if (
    !/:8123(?:\/|$|\?)|\/(?:_?sql|query|_sql|ksql|statement)\b|[?&](?:q|query)=(?:drop|delete|truncate|alter)/i.test(
      text,
    )
  )
    return [];
  const inUrl = /[?&](?:q|query)=([^&]*)/.exec(text)?.[1]?.replaceAll('+', ' ').replaceAll('%20', ' ');
  const said = [...bodies, ...(inUrl === undefined ? [] : [{ text: inUrl, arg: url.arg }])].map((body) => ({
    arg: body.arg,
    text:
      body.text
        ?.replace(/^(?:q|query|sql|statement)=/, '')
        .replace(/^\s*\{\s*"(?:query|sql|ksql|statement)"\s*:\s*"((?:[^"\\]|\\.)*)"[\s\S]*$/, '$1') ?? '',
  }));
  return said
    .filter((body) => /^\s*(?:drop|delete|truncate|alter|update|grant|revoke)\b/i.test(body.text))
    .flatMap((body) => sqlEffects(body.text, zone, words.place, body.arg));
}
