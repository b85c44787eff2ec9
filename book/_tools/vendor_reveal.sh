#!/usr/bin/env bash
# Fetch reveal.js from npm into book/_tools/slides/reveal: the program, its style sheet and the speaker's window.
set -euo pipefail
version=5.2.1
target="$(cd "$(dirname "$0")" && pwd)/slides/reveal"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "reveal.js@$version" >/dev/null && tar -xzf "reveal.js-$version.tgz")
mkdir -p "$target"
cp "$work/package/LICENSE" "$work/package/dist/reveal.js" "$work/package/dist/reveal.css" \
  "$work/package/plugin/notes/notes.js" "$target/"
echo "reveal.js $version is in $target"
