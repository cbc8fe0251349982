#!/bin/sh
# vendor.sh: what the console's pages and their tests are made of that others wrote, anew from npm, with its licence and
# its sum. Nothing is fetched when Vocero is installed or runs: the files are in the repository, and a test holds them
# against SHA256SUMS. Needs node and npm; a newer version is another number here.
set -eu
export LC_ALL=C

JSSIP=3.13.8 AXE=4.14.1 ESBUILD=0.28.2

here=$(cd "$(dirname "$0")" && pwd)
vendor=$here/static/vendor
tests=$here/../../tests/support/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --ignore-scripts --no-audit --no-fund --silent --save-exact \
  "jssip@$JSSIP" "axe-core@$AXE" "esbuild@$ESBUILD"

# JsSIP's package has no file for browsers: all of it in one ES module.
mkdir -p "$vendor" "$tests"
rm -f "$vendor"/jssip-* "$tests"/axe-*
echo 'export { default } from "jssip";' > entry.js
node_modules/@esbuild/*/bin/esbuild entry.js --bundle --minify --format=esm --target=es2022 --charset=utf8 \
  --legal-comments=eof --log-level=error --banner:js="/*! JsSIP $JSSIP, https://jssip.net, MIT: see the licence beside it */" --outfile="$vendor/jssip-$JSSIP.min.js"
cp node_modules/jssip/LICENSE.md "$vendor/jssip-$JSSIP.LICENSE.txt"
for package in debug ms events sdp-transform "@types/events"; do  # what JsSIP itself is made of
  [ -d "node_modules/$package" ] || continue
  file=$(find "node_modules/$package" -maxdepth 1 -iname 'licen[sc]e*' | head -n 1)
  [ -n "$file" ] || continue
  printf '\n---- %s\n\n' "$package" && cat "$file"
done >> "$vendor/jssip-$JSSIP.LICENSE.txt"
cp node_modules/axe-core/axe.min.js "$tests/axe-$AXE.min.js"
cp node_modules/axe-core/LICENSE "$tests/axe-$AXE.LICENSE.txt"

(cd "$vendor" && sha256sum jssip-* > SHA256SUMS)
(cd "$tests" && sha256sum axe-* > SHA256SUMS)
