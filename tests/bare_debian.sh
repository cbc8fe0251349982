#!/usr/bin/env bash
# bare_debian.sh [test]: the README's two commands on a bare Debian 12, and how long they take.
#
# Makes a minimal Debian 12 (debootstrap, from the mirror of this machine's own apt) with what the README asks for and
# nothing else, clones this checkout's last commit into it, and runs there `make demo` twice, then, if asked, `make test`.
# Empty caches: whatever is installed is fetched. Needs root and debootstrap; leaves nothing behind, unless KEEP=1.
set -euo pipefail
. "$(dirname "$0")/support/bare_root.sh"

readonly SETUP_SECONDS=240 DEMO_SECONDS=240 START_SECONDS=15 TEST_SECONDS=900 # the goals, on two cores
readonly PACKAGES=python3,python3-venv,git,make                               # what the README asks for

if [ -z "${WORK:-}" ]; then
  in_namespaces bare-debian "$0" "$@"
  exit
fi

figure() { # JSON KEY: a moment of the demo's summary, in seconds since 1970
  inside "$root" python3 -c 'import datetime, json, sys
summary = json.load(open(sys.argv[1]))
print(int(datetime.datetime.fromisoformat(summary[sys.argv[2]]).timestamp()))' "$1" "$2"
}
broken=0
judge() { # WHAT SECONDS LIMIT
  [ "$2" -le "$3" ] && verdict=ok || { verdict="too slow"; broken=1; }
  printf '%-32s %4d s   (at most %d s: %s)\n' "$1" "$2" "$3" "$verdict"
}

root=$WORK/root
say "Making a bare Debian 12 …"
make_root bookworm "$root" $PACKAGES
git -c safe.directory='*' clone -q --no-hardlinks "$(dirname "$0")/.." "$root/root/vocero"

say "make demo …"
began=$(date +%s)
inside "$root" make -C /root/vocero demo ARGS="--json /root/first.json"
ended=$(date +%s)
ready=$(stat -c %Y "$root"/root/vocero/.cache/{python,demo-packages,asterisk-ready} | sort -n | tail -n 1)
say "make demo, again …"
again=$(date +%s)
inside "$root" make -C /root/vocero demo ARGS="--json /root/second.json"

judge "set-up" $((ready - began)) $SETUP_SECONDS
judge "demo" $((ended - ready)) $DEMO_SECONDS
judge "second start, to the first call" $(($(figure /root/second.json started_at) - again)) $START_SECONDS

if [ "${1:-}" = test ]; then
  say "make test …"
  inside "$root" make -C /root/vocero .cache/python-dev .cache/test-packages
  began=$(date +%s)
  inside "$root" make -C /root/vocero test
  judge "make test, after its set-up" $(($(date +%s) - began)) $TEST_SECONDS
fi
exit $broken
