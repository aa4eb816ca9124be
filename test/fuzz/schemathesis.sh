#!/usr/bin/env bash
# Schemathesis against the real server: it reads /openapi.json and sends what the document allows and what it forbids.
# `test/fuzz/schemathesis.sh [options of "schemathesis run"]`. The program comes from PyPI into the cache folder, once.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=4.32.5
place="${XDG_CACHE_HOME:-$HOME/.cache}/croft-tools/schemathesis-$version"
program="$place/bin/schemathesis"

skip() {
  echo "SKIPPED schemathesis: $1" >&2
  exit 0
}

if [[ ! -x $program ]]; then
  command -v python3 >/dev/null || skip 'there is no python3'
  python3 -m venv "$place" && "$place/bin/pip" install --quiet "schemathesis==$version" ||
    { rm -rf "$place"; skip 'it could not be installed from PyPI'; }
fi

work=$(mktemp -d)
node_modules/.bin/bun test/fuzz/serve.ts >"$work/served" 2>"$work/server.log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 150); do
  [[ -s $work/served ]] && break
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.2
done
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/served"; }

# Streams never end, which is no fault of theirs; `/` is the dashboards' as well, which take no notice of a query. Opaque cursors and names of things that exist can't be told by a schema, so what fits
# the schema may still be refused.
status=0
"$program" run "$(field url)/openapi.json" --header "Authorization: Bearer $(field token)" \
  --exclude-operation-id followEvents --exclude-operation-id getDashboard --request-timeout 20 --checks all --exclude-checks positive_data_acceptance --no-color "$@" || status=$?
grep -E '"level":"error"' "$work/server.log" >&2 && status=1
exit "$status"
