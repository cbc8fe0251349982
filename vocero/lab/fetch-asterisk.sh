#!/bin/sh
# fetch-asterisk.sh FOLDER: a real Asterisk 22 in FOLDER, from Debian's own packages; prints the root it can be run from.
#
# A machine whose own asterisk package is version 22 is left as it is: the root is then "/". Otherwise apt resolves the
# package of SUITE with its whole library closure (libc too) against an empty package list, and the files are unpacked
# into FOLDER: nothing is installed, no maintainer script runs, root is not needed. A second run finds its work done.
#
# From the environment: ASTERISK_SUITE (default forky), DEBIAN_MIRROR (default: the mirror of this machine's own apt),
# DEBIAN_KEYRING.
set -eu

case $1 in
  /*) folder=$1 ;;
  *) folder=$PWD/$1 ;;
esac
suite=${ASTERISK_SUITE:-forky}
keyring=${DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
packages='asterisk asterisk-modules'

if command -v asterisk >/dev/null 2>&1 && asterisk -V 2>/dev/null | grep -q '^Asterisk 22\.'; then
  echo /
  exit 0
fi
mkdir -p "$(dirname "$folder")"
exec 9> "$folder.lock"
flock 9                            # a second run at the same moment waits for the first, then finds its work done
if [ -f "$folder/.version" ]; then
  echo "$folder"
  exit 0
fi

fail() { echo "fetch-asterisk: $*" >&2; exit 1; }

mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
  'Label: Debian' 'Component: main' | sort -u | head -n 1)}
[ -n "$mirror" ] || fail "this machine's apt sources name no Debian mirror (run 'apt-get update' first, or set DEBIAN_MIRROR)"
[ -r "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring, or set DEBIAN_KEYRING"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/etc/sources.list.d" \
  "$work/etc/preferences.d" "$work/etc/apt.conf.d" "$work/log"
: > "$work/status"
echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/etc/sources.list"

# A configuration of its own: hooks in the machine's apt.conf.d (a container's docker-clean) delete downloaded packages.
architecture=$(dpkg --print-architecture)
cat > "$work/apt.conf" <<TXT
Dir::Etc "$work/etc";
Dir::State "$work/state";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Dir::Log "$work/log";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "true";
Binary::apt::APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
APT::Update::Error-Mode "any";
Acquire::Retries "3";
TXT
# … but for the way to the mirror: a proxy, a certificate.
apt-config dump | grep -iE '^Acquire::https?::' >> "$work/apt.conf" || :
export APT_CONFIG="$work/apt.conf" LC_ALL=C

# The age of the release file is overlooked only when that, and nothing else, is what apt complains about.
if ! apt-get -q update > "$work/update.log" 2>&1; then
  grep '^E:' "$work/update.log" > "$work/errors.log" || :
  if ! [ -s "$work/errors.log" ] || grep -vq 'is expired (invalid since' "$work/errors.log"; then
    cat "$work/update.log" >&2
    fail "apt cannot read $mirror $suite"
  fi
  cat "$work/errors.log" >&2
  echo "fetch-asterisk: the mirror's release file is past its date; going on without that one check" >&2
  echo 'Acquire::Check-Valid-Until "false";' >> "$work/apt.conf"
  apt-get -q update > "$work/update.log" 2>&1 || { cat "$work/update.log" >&2; fail "apt cannot read $mirror $suite"; }
fi

version=$(apt-cache policy asterisk | sed -n 's/^ *Candidate: //p')
case $version in
  *:22.*) ;;
  *) fail "$suite has Asterisk ${version:-nowhere}, this product needs version 22: name a suite that has it in ASTERISK_SUITE" ;;
esac

echo "fetch-asterisk: Asterisk $version from $suite" >&2
# shellcheck disable=SC2086
apt-get -q -y --download-only install $packages > "$work/install.log" 2>&1 || { cat "$work/install.log" >&2; fail "apt cannot fetch $packages"; }

# Unpacked beside and moved into place whole: a run that was cut off leaves nothing half done.
new="$folder.new"
rm -rf "$new"
mkdir -p "$new/usr/lib" "$new/usr/lib64" "$new/usr/bin" "$new/usr/sbin"
for name in lib lib64 bin sbin; do ln -s "usr/$name" "$new/$name"; done
# usr/share/asterisk/documentation stays: without it Asterisk ends at start ("Stasis initialization failed")
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$new" --keep-directory-symlink --no-same-owner \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
done
echo "$version" > "$new/.version"
rm -rf "$folder"
mv "$new" "$folder"
echo "$folder"
