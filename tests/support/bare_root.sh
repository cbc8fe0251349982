# Roots of a bare Debian to try things in, for the scripts beside. Sourced, by root, in a mount namespace of its own.
#
# From the environment: DEBIAN_MIRROR (default: the mirror of this machine's own apt).

fail() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }
say() { printf '%s  %s\n' "$(date +%T)" "$*" >&2; }

# in_namespaces NAME SCRIPT ARGUMENT…: run SCRIPT again with WORK, a new folder, in namespaces that end with it: its
# processes and mounts leave nothing behind. KEEP=1 leaves the folder.
in_namespaces() {
  [ "$(id -u)" = 0 ] || fail "needs root: sudo $2"
  command -v debootstrap >/dev/null || fail "needs debootstrap: apt-get install debootstrap"
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX")
  export WORK
  trap '[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$WORK"' EXIT
  unshare --mount --pid --fork --kill-child "${@:2}"
}

# make_root SUITE ROOT [PACKAGE,…]
make_root() {
  local mirror script=()
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
    'Label: Debian' 'Component: main' | sort -u | head -n 1)}
  [ -n "$mirror" ] || fail "this machine's apt sources name no Debian mirror: run apt-get update, or set DEBIAN_MIRROR"
  # an older debootstrap does not know the newest suites by name; they are made as sid is
  [ -e "/usr/share/debootstrap/scripts/$1" ] || script=(/usr/share/debootstrap/scripts/sid)
  debootstrap --variant=minbase ${3:+--include="$3"} "$1" "$2" "$mirror" "${script[@]}" >"$2.log" 2>&1 \
    || { tail -n 20 "$2.log" >&2; fail "debootstrap $1"; }
  rm -rf "$2"/var/cache/apt/archives/*.deb "$2"/var/lib/apt/lists/*
  mount -t proc proc "$2/proc"
  mount --rbind /dev "$2/dev"
  _reach_registries "$2"
}

# How this machine reaches Debian and the Python packages, as it is: apt's and pip's configuration, certificates, names,
# and the local folders that pip's configuration names.
_reach_registries() {
  local file place folder
  cp /etc/resolv.conf /etc/hosts "$1/etc/"
  apt-config dump Acquire >"$1/etc/apt/apt.conf.d/00machine"
  ENVIRONMENT=$(env | grep -iE '^(pip_|ssl_cert_|[a-z]+_proxy=)' || :)
  for file in /etc/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf" /etc/ssl/certs/ca-certificates.crt; do
    [ ! -r "$file" ] || install -D -m 644 "$file" "$1${file/#$HOME//root}"
  done
  for place in $( (cat "$1"/etc/pip.conf "$1"/root/.config/pip/pip.conf "$1"/root/.pip/pip.conf 2>/dev/null
                   echo "$ENVIRONMENT") | grep -oE '(file:/)?/[^ =]+' | sort -u); do
    case $place in # an index lies beside the files it names
      file://*) folder=$(dirname "${place#file://}") ;;
      *) folder=$place ;;
    esac
    [ ! -d "$folder" ] || [ -d "$1$folder" ] || { mkdir -p "$1$folder" && mount --bind -o ro "$folder" "$1$folder"; }
  done
}

# inside ROOT [VARIABLE=VALUE…] COMMAND…: run it there, with an environment as bare as the machine
inside() {
  # shellcheck disable=SC2086
  (IFS=$'\n'; exec chroot "$1" env -i HOME=/root TERM="${TERM:-dumb}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin $ENVIRONMENT "${@:2}")
}
