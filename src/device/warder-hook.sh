#!/bin/sh
# Warder's device client: one command hook of a coding agent → the local server → the agent's answer.
#
#   warder-hook <agent> <event> [block|pass]
#
# stdin: the agent's hook body. stdout and status 0: the server's answer. Any failure: with `block` (the default) one
# sentence on stderr and status 2, which every agent that runs command hooks takes as a refusal; with `pass` status 0.
# Address and token come from warder-hook.conf beside this file (mode 0600, curl's own format), so that no token is
# ever on a command line. Nothing is read from the environment.
PATH=/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin
export PATH
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY CURL_HOME CURL_CA_BUNDLE SSL_CERT_FILE \
  SSL_CERT_DIR SSLKEYLOGFILE NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS LD_PRELOAD LD_LIBRARY_PATH
set -f

stop() {
  if [ "$on_failure" = pass ]; then exit 0; fi
  printf 'Blocked: Warder could not judge this. %s\n' "$1" >&2
  exit 2
}

agent=$1
event=$2
on_failure=${3:-block}
conf=${0%/*}/warder-hook.conf

[ -n "$agent" ] && [ -n "$event" ] || stop 'The hook is called without its agent and event. Run: warder doctor'
[ -r "$conf" ] || stop "Its settings $conf cannot be read. Run: warder install $agent --command-hook"

answer=$(curl -q -sS --noproxy '*' --proto '=http,https' --connect-timeout 1 --max-time 5 -K "$conf" \
  -H 'content-type: application/json' -H 'expect:' --data-binary @- -w '\n%{http_code} %{content_type}' 2>/dev/null)
failed=$?
case $failed in
  0) ;;
  7) stop 'Its server is not running. Start it: warder serve' ;;
  28) stop 'Its server did not answer in 5 seconds. Run: warder doctor' ;;
  126 | 127) stop 'curl is not installed, and the hook needs it.' ;;
  *) stop "Its server could not be asked (curl error $failed). Run: warder doctor" ;;
esac

newline='
'
status=${answer##*"$newline"}
body=${answer%"$newline"*}
case $status in
  '200 application/json'*) ;;
  401*) stop "Its server does not accept this device's token. Run: warder install $agent --command-hook" ;;
  *) stop "Its server answered ${status%% *}. Run: warder doctor" ;;
esac
case $body in
  '{'*'}') printf '%s\n' "$body" ;;
  *) stop 'Its server gave an answer that is not JSON. Run: warder doctor' ;;
esac
