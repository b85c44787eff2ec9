#!/usr/bin/env bash
# Fetch MathJax from npm into book/_static/mathjax: only what the pages use, with the addresses of its speech engine cut.
set -euo pipefail
version=3.2.2
target="$(cd "$(dirname "$0")/.." && pwd)/_static/mathjax"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "mathjax@$version" >/dev/null && tar -xzf "mathjax-$version.tgz")
es5="$work/package/es5"
rm -rf "$target/output" "$target/input" "$target/tex-mml-chtml.js"
mkdir -p "$target/output" "$target/input/tex" "$target/input/mml"
cp "$work/package/LICENSE" "$target/"
cp "$es5/tex-mml-chtml.js" "$target/"
cp -r "$es5/output/chtml" "$target/output/"
cp -r "$es5/input/tex/extensions" "$target/input/tex/"
cp "$es5/input/mml/entities.js" "$target/input/mml/"
sed -i.bak -E 's#https://cdn\.jsdelivr\.net/npm/(speech-rule-engine|sre-mathmaps-ie|wicked-good-xpath)#\1#g' \
  "$target/tex-mml-chtml.js"
rm -f "$target/tex-mml-chtml.js.bak"
echo "MathJax $version is in $target"
