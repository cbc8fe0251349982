#!/usr/bin/env bash
# bare_debian.sh [test]: the README's two commands on a bare Debian 12, and how long they take.
#
# Makes a minimal Debian 12 (debootstrap, from the mirror of this machine's own apt) with what the README asks for and
# nothing else, clones this checkout's last commit into it, and runs there `make demo` twice, then, if asked, `make test`.
# Empty caches: whatever is installed is fetched. How this machine reaches Debian and the Python packages (apt's and pip's
# configuration, certificates, names) is carried over as it is. Needs root and debootstrap; leaves nothing behind: its
# processes and mounts live in namespaces of their own and end with it.
#
# From the environment: DEBIAN_MIRROR, KEEP=1 (leave the folder), WORK (where it is made; default: the temporary folder).
set -euo pipefail

readonly SETUP_SECONDS=240 DEMO_SECONDS=240 START_SECONDS=15 # the README's promise
readonly PACKAGES=python3,python3-venv,git,make

fail() { echo "bare_debian: $*" >&2; exit 1; }
say() { printf '%s  %s\n' "$(date +%T)" "$*" >&2; }

# --- outside: a folder, and the namespaces in which everything happens
if [ -z "${BARE_ROOT:-}" ]; then
  [ "$(id -u)" = 0 ] || fail "needs root: sudo $0 $*"
  command -v debootstrap >/dev/null || fail "needs debootstrap: apt-get install debootstrap"
  work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/bare-debian.XXXXXX")
  trap '[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$work"' EXIT
  BARE_ROOT="$work/root" unshare --mount --pid --fork --kill-child "$0" "$@"
  exit
fi

# --- inside
root=$BARE_ROOT
checkout=$(cd "$(dirname "$0")/.." && pwd)
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
  'Label: Debian' 'Component: main' | sort -u | head -n 1)}
[ -n "$mirror" ] || fail "this machine's apt sources name no Debian mirror: run apt-get update, or set DEBIAN_MIRROR"

say "Making a bare Debian 12 …"
debootstrap --variant=minbase --include="$PACKAGES" bookworm "$root" "$mirror" >"$root.log" 2>&1 \
  || { tail -n 20 "$root.log" >&2; fail "debootstrap"; }
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"

# How this machine reaches the registries: copied, and the local folders that pip's configuration names are shown as well.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump Acquire >"$root/etc/apt/apt.conf.d/00machine"
environment=$(env | grep -iE '^(pip_|ssl_cert_|[a-z]+_proxy=)' || :)
for file in /etc/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf" /etc/ssl/certs/ca-certificates.crt; do
  [ ! -r "$file" ] || install -D -m 644 "$file" "$root${file/#$HOME//root}"
done
for place in $( (cat "$root"/etc/pip.conf "$root"/root/.config/pip/pip.conf "$root"/root/.pip/pip.conf 2>/dev/null
                 echo "$environment") | grep -oE '(file:/)?/[^ =]+' | sort -u); do
  case $place in # an index lies beside the files it names
    file://*) folder=$(dirname "${place#file://}") ;;
    *) folder=$place ;;
  esac
  [ ! -d "$folder" ] || [ -d "$root$folder" ] || { mkdir -p "$root$folder" && mount --bind -o ro "$folder" "$root$folder"; }
done

git -c safe.directory='*' clone -q --no-hardlinks "$checkout" "$root/root/vocero"

inside() { # COMMAND…: run it there, with an environment as bare as the machine
  # shellcheck disable=SC2086
  (IFS=$'\n'; exec chroot "$root" env -i HOME=/root TERM="${TERM:-dumb}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin $environment "$@")
}
figure() { # JSON KEY: a moment of the demo's summary, in seconds since 1970
  inside python3 -c 'import datetime, json, sys
summary = json.load(open(sys.argv[1]))
print(int(datetime.datetime.fromisoformat(summary[sys.argv[2]]).timestamp()))' "$1" "$2"
}
broken=0
judge() { # WHAT SECONDS LIMIT
  [ "$2" -le "$3" ] && verdict=ok || { verdict="too slow"; broken=1; }
  printf '%-32s %4d s   (at most %d s: %s)\n' "$1" "$2" "$3" "$verdict"
}

say "make demo …"
began=$(date +%s)
inside make -C /root/vocero demo ARGS="--json /root/first.json"
ended=$(date +%s)
ready=$(stat -c %Y "$root"/root/vocero/.cache/{python,demo-packages,asterisk-ready} | sort -n | tail -n 1)
say "make demo, again …"
again=$(date +%s)
inside make -C /root/vocero demo ARGS="--json /root/second.json"

judge "set-up" $((ready - began)) $SETUP_SECONDS
judge "demo" $((ended - ready)) $DEMO_SECONDS
judge "second start, to the first call" $(($(figure /root/second.json started_at) - again)) $START_SECONDS

if [ "${1:-}" = test ]; then
  say "make test …"
  began=$(date +%s)
  inside make -C /root/vocero test
  printf '%-32s %4d s   (its set-up included)\n' "make test" $(($(date +%s) - began))
fi
exit $broken
