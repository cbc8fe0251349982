#!/usr/bin/env bash
# containers.sh: what the containers of docker-compose.yml do, as far as that can be seen without an engine.
#
# Follows the two Dockerfiles, line by line, in bare Debian roots (debootstrap), and runs what they run as the users they
# name, with the compose file's volumes between them and a network of their own: makes the settings, waits for Asterisk,
# asks `vocero doctor`, starts Vocero, adds an agent. Needs root and debootstrap; leaves nothing behind, unless KEEP=1.
set -euo pipefail
. "$(dirname "$0")/support/bare_root.sh"

readonly WAIT_SECONDS=5 ASTERISK_SECONDS=20 UP_SECONDS=30

build() { # ROOT FOLDER: what the Dockerfile of FOLDER says, in ROOT
  local verb words directory=/
  : >"$1.environment"
  while read -r verb words <&3; do
    case $verb in
      RUN) inside "$1" sh -c "cd $directory && $words" >>"$1.log" 2>&1 || { tail -n 20 "$1.log" >&2; fail "RUN $words"; } ;;
      # shellcheck disable=SC2086
      COPY) (cd "$2" && copy "$1" "$directory" $words) ;;
      WORKDIR) directory=$words && mkdir -p "$1$directory" ;;
      USER) echo "$words" >"$1.user" ;;
      ENV) echo "$words" >>"$1.environment" ;;
      FROM | ENTRYPOINT | CMD) ;;
      *) fail "$2/Dockerfile: $verb is not known here" ;;
    esac
  done 3< <(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$2/Dockerfile" | grep -vE '^(#|$)')
}

copy() { # ROOT DIRECTORY SOURCE… DESTINATION
  local root=$1 to=${*: -1} from
  case $to in /*) to=$root$to ;; *) to=$root$2/$to ;; esac
  for from in "${@:3:$#-3}"; do
    if [ -d "$from" ]; then mkdir -p "$to" && cp -rT "$from" "$to"; else cp "$from" "$to"; fi
  done
}

volume() { # NAME PLACE ROOT…: one folder there in all of them; a new one is a copy of what the first has there
  local name=$WORK/volumes/$1 root
  mkdir -p "$WORK/volumes"
  cp -a "$3$2" "$name"
  for root in "${@:3}"; do mkdir -p "$root$2" && mount --bind "$name" "$root$2"; done
}

run() { # ROOT COMMAND…: as the container's user, with its environment
  local variables
  mapfile -t variables <"$1.environment"
  inside "$1" "${variables[@]}" setpriv --reuid "$(cat "$1.user")" --regid "$(cat "$1.user")" --init-groups -- "${@:2}"
}

until_true() { # SECONDS_AT_MOST COMMAND…
  local end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

together() { # both containers, in the order of docker-compose.yml's first lines
  ip link set lo up
  run "$asterisk" sh -c "$(sed -n 's/^CMD .*"-c", "\(.*\)"]$/\1/p' asterisk/Dockerfile)" >"$asterisk.out" 2>&1 &
  until_true $WAIT_SECONDS grep -q 'waiting for vocero init' "$asterisk.out" || fail "asterisk does not wait for its settings"
  run "$vocero" vocero init /etc/vocero --containers --trunk claro:30:2000 --prefix 57
  sed 's/^;\([^ ]\)/\1/; s/ADDRESS-OF-THE-CARRIER/127.0.0.1/; s/^qualify_frequency.*//' "$vocero/etc/vocero/trunks.conf" \
    | run "$vocero" sh -c 'cat > /tmp/trunks.conf && mv /tmp/trunks.conf /etc/vocero/trunks.conf'
  until_true $ASTERISK_SECONDS run "$vocero" vocero doctor || :
  run "$vocero" vocero doctor || { tail "$asterisk.out" >&2; fail "vocero doctor"; }
  run "$vocero" vocero up >"$vocero.out" 2>&1 &
  until_true $UP_SECONDS run "$vocero" vocero agents list || { tail "$vocero.out" >&2; fail "vocero up"; }
  run "$vocero" vocero agents add ana --name 'Ana Díaz'
  run "$vocero" vocero doctor >/dev/null || fail "vocero doctor beside vocero up"
  say "The containers work together."
}

if [ -z "${WORK:-}" ]; then
  in_namespaces containers "$0"
  exit
fi
cd "$(dirname "$0")/.."
asterisk=$WORK/asterisk vocero=$WORK/vocero
if [ "${1:-}" = together ]; then
  together
  exit
fi
say "Building asterisk …"
make_root forky "$asterisk"
build "$asterisk" asterisk
say "Building vocero …"
make_root bookworm "$vocero" python3,python3-venv
inside "$vocero" python3 -m venv /usr/local # stands for the image python:3.11-slim-bookworm
build "$vocero" .
volume site /etc/vocero "$asterisk" "$vocero"
volume calls /var/lib/vocero-calls "$asterisk" "$vocero"
say "Running …"
export ENVIRONMENT
unshare --net "tests/$(basename "$0")" together
