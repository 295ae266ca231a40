#!/bin/sh -p
# Warder's device client: one command hook of a coding agent → Warder → the agent's answer.
#
#   warder-hook <agent> <event> [block|pass|cline]
#
# stdin: the agent's hook body. The answer's body goes to stdout with status 0, or, where Warder names an exit status
# (header x-warder-exit), to stderr with that status. Any failure: with `block` (the default) one sentence on stderr and
# status 2, which every agent that runs command hooks takes as a refusal; with `cline` that agent's own refusal on
# stdout and status 0; with `pass` nothing and status 0.
# It asks this machine's `warder device` through device.sock beside this file; where nobody listens there, the server
# that warder-hook.conf beside this file names (mode 0600, curl's own format: url and token, so that no token is ever on
# a command line). All agents share both. What is on this machine is asked by perl where there is one, as it starts in a
# third of curl's time; all else by curl. Nothing is taken from the environment: -p keeps bash from its functions and
# options there, and both start with an empty one.
PATH=/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin
LC_ALL=C
IFS=' '
export PATH
unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG LD_DEBUG_OUTPUT LD_PROFILE LD_BIND_NOW GLIBC_TUNABLES \
  DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH DYLD_FRAMEWORK_PATH DYLD_FALLBACK_LIBRARY_PATH
set -f

stop() {
  case $on_failure in
    pass) exit 0 ;;
    cline)
      case $1 in *[\"\\]*) set -- 'Run: warder doctor' ;; esac
      printf '{"cancel":true,"errorMessage":"Blocked: Warder could not judge this. %s"}\n' "$1"
      exit 0
      ;;
  esac
  printf 'Blocked: Warder could not judge this. %s\n' "$1" >&2
  exit 2
}

agent=$1
event=$2
on_failure=${3:-block}
here=${0%/*}
trap 'stop "It was ended before it had an answer."' HUP INT TERM

case $0 in */*) ;; *) stop 'The hook must be called by its whole path. Run: warder doctor' ;; esac
case $agent in '' | *[!A-Za-z0-9._-]*) stop 'The hook is called without its agent. Run: warder doctor' ;; esac
case $event in '' | *[!A-Za-z0-9._-]*) stop 'The hook is called without its event. Run: warder doctor' ;; esac

# Both ways of asking read stdin only once somebody listens, so that a socket nobody serves any more costs nothing; both
# end with curl's numbers and write the answer, then a carriage return, its status and its type.
ask() {
  exec env -i PATH="$PATH" curl -q -sS -i --http1.1 --noproxy '*' --proto '=http,https' --connect-timeout 1 --max-time 5 \
    -X POST -T - --request-target "/hooks/$agent" -H 'content-type: application/json' -H "x-warder-event: $event" \
    -H 'expect:' -w '\r%{http_code} %{content_type}' "$@" 2>/dev/null
}

# $1: the socket, or settings that name a server on 127.0.0.1. An answer must say how long it is, as Warder's do.
# It loads no module: each costs more than all of this.
perl=/usr/bin/perl
ask_here() {
  exec env -i "$perl" -f -e '
    $SIG{ALRM} = sub { exit 28 };
    $SIG{PIPE} = "IGNORE";
    alarm 5;
    ($at, $agent, $event) = @ARGV;
    if ($at =~ /\.conf\z/) {
      open SETTINGS, "<", $at or exit 26;
      for (<SETTINGS>) {
        $port = $1 if m{^url = "http://127\.0\.0\.1:(\d{1,5})[/"]};
        $token = "$1\r\n" if /^header = "(.*)"$/;
      }
      $port or exit 3;
      $token =~ s/\\(.)/$1/g;
    }
    length $at < 104 or exit 7 unless $port;
    $family = $^O eq "linux" ? "S" : "x C";
    $address = $port ? pack("$family n C4 x8", 2, $port, 127, 0, 0, 1) : pack("$family a104", 1, $at);
    socket(S, $port ? 2 : 1, 1, 0) && connect(S, $address) or exit 7;
    undef $/;
    $body = <STDIN>;
    $left = "POST /hooks/$agent HTTP/1.1\r\nhost: warder\r\nconnection: close\r\ncontent-type: application/json\r\n"
      . "x-warder-event: $event\r\n${token}content-length: " . length($body) . "\r\n\r\n$body";
    while (length $left) {
      $wrote = syswrite S, $left or last;
      substr $left, 0, $wrote, "";
    }
    for (;;) {
      if ($answer =~ m{\AHTTP/1\.[01] (\d{3})\b.*?\r\n\r\n}s) {
        ($status, $head, $end) = ($1, $&, $+[0]);
        last if $head =~ /^content-length: *(\d{1,9})\r$/mi and length $answer >= ($end += $1);
      }
      $read = sysread S, $answer, 65536, length $answer;
      $read or exit(defined $read ? length $answer ? 18 : 52 : 56);
    }
    ($type) = $head =~ /^content-type: *(.*?)\r$/mi;
    print substr($answer, 0, $end), "\r$status $type";
  ' "$1" "$agent" "$event" 2>/dev/null
}

failed=7
if [ -S "$here/device.sock" ]; then
  if [ -x "$perl" ]; then
    answer=$(ask_here "$here/device.sock")
  else
    answer=$(ask --unix-socket "$here/device.sock" http://warder/)
  fi
  failed=$?
fi
if [ "$failed" = 7 ]; then
  # What the device process could not deliver yet comes first: a server that hears of this before it hears another story.
  [ ! -s "$here/../device-spool/queue.jsonl" ] || stop 'Its device process is not running. Start it: warder device run'
  settings=$here/warder-hook.conf
  [ -r "$settings" ] || stop "Its settings cannot be read. Run: warder install $agent"
  read -r server <"$settings"
  [ -x "$perl" ] || server=
  case $server in
    'url = "http://127.0.0.1:'*) answer=$(ask_here "$settings") ;;
    *) answer=$(ask -K "$settings") ;;
  esac
  failed=$?
fi
case $failed in
  0) ;;
  7) stop 'Its server is not running. Start it: warder serve' ;;
  28) stop 'Its server did not answer in 5 seconds. Run: warder doctor' ;;
  126 | 127) stop 'perl and curl are not installed, and the hook needs one of them.' ;;
  *) stop "Its server could not be asked (error $failed of curl). Run: warder doctor" ;;
esac

# answer = head CR LF CR LF body CR status; its carriage return comes from curl, as this file holds none.
newline='
'
status=${answer##*[!A-Za-z0-9 /;=._+-]}
answer=${answer%"$status"}
cr=${answer#"${answer%?}"}
answer=${answer%?}
head=${answer%%"$cr$newline$cr$newline"*}
body=${answer#*"$cr$newline$cr$newline"}
case $status in
  '200 application/json'*) ;;
  401*) stop "Its server does not accept this device's token. Run: warder install $agent" ;;
  *) stop "Its server answered ${status%% *}. Run: warder doctor" ;;
esac

code=
case $newline$head in
  *"$newline"[Xx]-[Ww]arder-[Ee]xit:*)
    code=${head#*[Xx]-[Ww]arder-[Ee]xit:}
    code=${code%%"$cr"*}
    code=${code# }
    ;;
esac
case $code in
  '')
    case $body in
      '{'*'}') printf '%s\n' "$body" ;;
      *) stop 'Its server gave an answer that is not JSON. Run: warder doctor' ;;
    esac
    ;;
  0) [ -z "$body" ] || printf '%s\n' "$body" ;;
  [1-9] | [1-9][0-9])
    printf '%s\n' "${body:-Blocked by Warder.}" >&2
    exit "$code"
    ;;
  *) stop 'Its server named no exit status. Run: warder doctor' ;;
esac
